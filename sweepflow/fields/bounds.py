"""What any spec may hold at most: bounds within which it can be checked, shown and recorded."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from typing import Any

import numpy as np

from sweepflow.errors import Problem

MOST_VALUES = 100_000
MOST_LEVELS = 64
LONGEST_NAME = 200
"""In characters."""

_UNRECORDABLE = re.compile("[\x00\ud800-\udfff]")
_GREATEST = 2**1024
"""No float is as great as that, and Python writes no number of more than 4300 digits."""

Path = tuple[object, ...]


def walk(root: Any, children: Callable[[Any], Iterable[tuple[object, Any]]]) -> Iterator[tuple[Path, Any]]:
    """Every value of a tree with its path, each as often as the tree refers to it, in the order written.

    ValueError as soon as there are too many, or one lies too deep, as one that contains itself does.
    """
    ahead: list[tuple[Path, Any]] = [((), root)]
    for n_seen in count(1):
        if not ahead:
            return
        path, value = ahead.pop()
        if n_seen > MOST_VALUES:
            raise ValueError(f"must hold at most {MOST_VALUES:,} values")
        if len(path) > MOST_LEVELS:
            raise ValueError(f"must be nested at most {MOST_LEVELS} levels deep")
        yield path, value
        ahead += reversed([((*path, key), child) for key, child in children(value)])


def excesses(fields: Any) -> list[Problem]:
    """The problems with the size of these fields, and with names and values that cannot be recorded."""
    found: list[Problem] = []
    try:
        for path, value in walk(fields, _members):
            fault = (path and _name_fault(path[-1])) or value_fault(value)
            if fault:
                found.append(Problem(".".join(map(_shown, path)), fault))
    except ValueError as error:
        return [Problem("", str(error))]
    return found


def value_fault(value: object) -> str | None:
    """Why this number or text cannot be recorded; None if it can, or is neither."""
    if isinstance(value, str) and (found := _UNRECORDABLE.search(value)):
        return f"must not contain the character {found[0]!r}"
    if isinstance(value, int) and abs(value) >= _GREATEST:
        return "must be a number between -1.8e308 and 1.8e308"
    return None


def unwritable(fields: Any) -> tuple[Path, str] | None:
    """The place of the first value that JSON has no way to write, and the rule that it breaks."""
    for path, value in walk(fields, _members):
        if path and not isinstance(path[-1], str | int | float | None):
            return path[:-1], f"must have text or numbers as its names, got {path[-1]!r}"
        if not isinstance(value, Mapping | list | tuple | str | int | float | None):
            return path, "must be a number, a string, true, false, null, a list or a mapping"
        if isinstance(value, float) and not math.isfinite(value):
            return path, "must be finite"
    return None


def plain_number(value: object) -> object:
    """A number or truth value of NumPy's as Python's; anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def as_python(value: Any) -> Any:
    """The value with what NumPy has made of its numbers and lists, at any depth, as Python has them."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {as_python(name): as_python(member) for name, member in value.items()}
    return [as_python(member) for member in value] if isinstance(value, list | tuple) else value


def _members(value: Any) -> Iterable[tuple[object, Any]]:
    if isinstance(value, Mapping):
        return value.items()
    return enumerate(value) if isinstance(value, list | tuple) else ()


def _name_fault(name: object) -> str | None:
    if isinstance(name, str) and len(name) > LONGEST_NAME:
        return f"its name must have at most {LONGEST_NAME} characters, got {len(name)}"
    return None if (fault := value_fault(name)) is None else f"its name {fault}"


def _shown(part: object) -> str:
    if value_fault(part) is not None:
        return "?"
    text = str(part)
    return text if len(text) <= LONGEST_NAME else f"{text[:20]}..."
