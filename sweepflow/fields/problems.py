"""pydantic's errors as problems, in the user's words and with the spec's paths."""

import re
from collections import Counter
from typing import NamedTuple

from pydantic import (
    ValidationError,
)
from pydantic_core import ErrorDetails

from sweepflow.base.printable import brief
from sweepflow.errors import Problem


def problems(error: ValidationError, prefix: str = "") -> list[Problem]:
    """The problems that pydantic reports, with their paths in the spec, in its order.

    `prefix` goes before every path. A value that fits no member of a plain union is one problem:
    "must be > 0 or 'e', got -1".
    """
    errors = error.errors(include_url=False)
    n_members = Counter(details["loc"][:-1] for details in errors if _is_member(details["loc"]))
    faults_by_path: dict[str, list[_Fault]] = {}
    for details in errors:
        path = _path(details["loc"], is_alone=n_members[details["loc"][:-1]] == 1)
        faults_by_path.setdefault(".".join(filter(None, (prefix, path))), []).append(_fault(details))
    return [
        Problem(path, message) for path, faults in faults_by_path.items() for message in _messages(faults)
    ]


class _Fault(NamedTuple):
    """A problem: `must be {rule}, got {value}`, or else a sentence."""

    sentence: str | None
    rule: str = ""
    value: str = ""


_PLAIN_MEMBER = re.compile(r"(constrained-)?(int|float|str|bool|none)")

_OTHER_MEMBER = re.compile(
    r"<.*>|\[key\]|"
    r"(function-\w+|literal|list|dict|tuple|set|union|nullable|lax-or-strict|json-or-python)\[.*\]"
)


def _is_member(loc: tuple[int | str, ...]) -> bool:
    last = str(loc[-1]) if loc else ""
    return bool(_PLAIN_MEMBER.fullmatch(last) or _OTHER_MEMBER.fullmatch(last))


def _path(loc: tuple[int | str, ...], is_alone: bool) -> str:
    """The location without the members of unions, which pydantic puts between the user's own names.

    A plain union gives an error for each member, so that a single `int` is a name of the user's.
    """
    parts = [str(part) for part in loc]
    if _is_member(loc) and not (is_alone and _PLAIN_MEMBER.fullmatch(parts[-1])):
        parts.pop()
    return ".".join(part for part in parts if not part.startswith("<"))


_RULES = {
    "greater_than": "> {gt}",
    "greater_than_equal": ">= {ge}",
    "less_than": "< {lt}",
    "less_than_equal": "<= {le}",
    "finite_number": "finite",
    "number_type": "a number",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    "string_type": "a string",
    **dict.fromkeys(("list_type", "tuple_type"), "a list"),
    **dict.fromkeys(("dict_type", "mapping_type", "model_type", "model_attributes_type"), "a mapping"),
    **dict.fromkeys(("literal_error", "enum"), "{expected}"),
    "none_required": "null",
}

_SENTENCES = {
    "missing": "is required",
    "invalid_key": "the names of fields must be strings",
    "extra_forbidden": "unknown field",
    "too_short": "must have at least {min_length} item(s), got {actual_length}",
    "too_long": "must have at most {max_length} item(s), got {actual_length}",
    "string_too_short": "must have at least {min_length} character(s)",
    "string_too_long": "must have at most {max_length} characters",
}


def _fault(details: ErrorDetails) -> _Fault:
    kind, context = details["type"], details.get("ctx", {})
    if kind in _RULES:
        rule = _RULES[kind].format(**{key: _plain(value) for key, value in context.items()})
        return _Fault(None, rule, got(details["input"]))
    if kind in _SENTENCES:
        return _Fault(_SENTENCES[kind].format(**context))
    message = details["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if message.startswith("Input should be "):
        return _Fault(None, message.removeprefix("Input should be "), got(details["input"]))
    return _Fault(message)


def got(value: object) -> str:
    """The value that was given, as a message shows it."""
    return f"{brief(value)}, which is text; write null" if value == "None" else brief(value)


def _plain(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _messages(faults: list[_Fault]) -> list[str]:
    sentences = [fault.sentence for fault in faults if fault.sentence is not None]
    rules = [fault for fault in faults if fault.sentence is None]
    if not rules:
        return sentences
    either = " or ".join(dict.fromkeys(fault.rule for fault in rules))
    return [*sentences, f"must be {either}, got {rules[0].value}"]
