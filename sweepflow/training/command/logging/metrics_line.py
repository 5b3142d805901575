"""One line of metrics: a JSON object of numbers, as any language writes it."""

import json
import re
from collections.abc import Iterator
from typing import Any

from sweepflow.base.printable import printable, shortened
from sweepflow.errors import TrialError

_LONGEST_SHOWN = 120
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?|[-+]?(nan|inf|infinity)|na", re.IGNORECASE)
_UNQUOTED = re.compile(r"(:\s*)(?!true\b|false\b|null\b)([-+.\w]+)(?=\s*[,}])")
"""A value as other languages write it, which JSON does not allow: nan, inf, the .93 of bc."""


def metrics_of(line: bytes) -> list[dict[str, float]]:
    """The metrics of one line: those of its object, or of several one after another; none if it is blank.

    Numbers may be text; null counts as NaN, true as 1, a list of one number as that number. TrialError if it
    is anything else.
    """
    objects = _objects(_text(line))
    if objects is None:
        raise line_fault(line, 'is no JSON object such as {"accuracy": 0.9}')
    return [dict(_metrics(pairs, line)) for pairs in objects if pairs]


def is_whole(line: bytes) -> bool:
    """Whether the line, which may be a part of one, ends with a whole object."""
    return line.rstrip().endswith(b"}") and _objects(_text(line)) is not None


class _Pairs(list[tuple[str, Any]]):
    """The names and values of an object, in order; a name may occur twice."""


_DECODER = json.JSONDecoder(object_pairs_hook=_Pairs, parse_int=float)


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise line_fault(line, "is not in UTF-8") from error


def _objects(text: str) -> list[_Pairs] | None:
    for readable in (text, _UNQUOTED.sub(r'\1"\2"', text)):
        try:
            return list(_decoded(readable))
        except (ValueError, RecursionError):
            continue
    return None


def _decoded(text: str) -> Iterator[_Pairs]:
    position = 0
    while position < len(text):
        value, position = _DECODER.raw_decode(text, position)
        if not isinstance(value, _Pairs):
            raise ValueError("it is no object")
        yield value
        position = _next_word(text, position)


def _next_word(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _metrics(pairs: _Pairs, line: bytes) -> Iterator[tuple[str, float]]:
    names = set()
    for name, value in pairs:
        if name in names:
            raise line_fault(line, f"has {name!r} twice")
        names.add(name)
        number = _number(value)
        if number is None:
            raise line_fault(line, f"has no number under {name!r}")
        yield name, number


def _number(value: Any) -> float | None:
    if value is None:
        return float("nan")
    if isinstance(value, float | bool):
        return float(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return float("nan" if value.strip().lower() == "na" else value)
    if isinstance(value, list) and not isinstance(value, _Pairs) and len(value) == 1:  # as R writes numbers
        return _number(value[0])
    return None


def line_fault(line: bytes, rule: str) -> TrialError:
    """The error about a line of metrics, which it quotes."""
    text = line[: 10 * _LONGEST_SHOWN].decode("utf-8-sig", errors="backslashreplace").strip()
    shown = shortened(printable(text), _LONGEST_SHOWN)
    return TrialError(f"a line of its metrics {rule}: {shown}")
