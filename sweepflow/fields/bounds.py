"""The bounds of any spec, within which it can be checked, shown and recorded."""

import json
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
"""Every float is smaller, and Python does not write whole numbers of more than 4300 digits."""

Path = tuple[object, ...]


def walk(root: Any, children: Callable[[Any], Iterable[tuple[object, Any]]]) -> Iterator[tuple[Path, Any]]:
    """Every value of a tree with its path, as often as the tree refers to it, in the order written.

    ValueError as soon as there are too many values or one is nested too deep, as one that contains itself is.
    """
    remaining: list[tuple[Path, Any]] = [((), root)]
    for n_values in count(1):
        if not remaining:
            return
        path, value = remaining.pop()
        if n_values > MOST_VALUES:
            raise ValueError(f"must hold at most {MOST_VALUES:,} values")
        if len(path) > MOST_LEVELS:
            raise ValueError(f"must be nested at most {MOST_LEVELS} levels deep")
        yield path, value
        remaining += reversed([((*path, key), child) for key, child in children(value)])


def bound_problems(fields: Any) -> list[Problem]:
    """The problems of fields that exceed the bounds, or whose names or values cannot be recorded."""
    problems: list[Problem] = []
    try:
        for path, value in walk(fields, _members):
            fault = (path and _name_fault(path[-1])) or value_fault(value)
            if fault:
                problems.append(Problem(".".join(map(_path_part, path)), fault))
    except ValueError as error:
        return [Problem("", str(error))]
    return problems


def value_fault(value: object) -> str | None:
    """Why this number or text cannot be recorded; None if it can, or is neither."""
    if isinstance(value, str) and (match := _UNRECORDABLE.search(value)):
        return f"must not contain the character {match[0]!r}"
    if isinstance(value, int) and abs(value) >= _GREATEST:
        return "must be a number between -1.8e308 and 1.8e308"
    return None


def json_problem(fields: Any) -> tuple[Path, str] | None:
    """The path of the first value that JSON cannot write, and the rule that it breaks."""
    for path, value in walk(fields, _members):
        if path and not isinstance(path[-1], str | int | float | None):
            return path[:-1], f"must have text or numbers as its names, got {path[-1]!r}"
        if not isinstance(value, Mapping | list | tuple | str | int | float | None):
            return path, "must be a number, a string, true, false, null, a list or a mapping"
        if isinstance(value, float) and not math.isfinite(value):
            return path, "must be finite"
    return None


def as_recorded(value: Any) -> Any:
    """The value as it comes back from JSON, in which the ledger keeps it: arrays as lists, names as text.

    ValueError where JSON cannot write it.
    """
    plain = as_python(value)
    if problem := json_problem(plain):
        location, rule = problem
        raise ValueError(" ".join([*filter(None, [".".join(map(str, location))]), rule]))
    return json.loads(json.dumps(plain))


def plain_number(value: object) -> object:
    """A NumPy number or boolean as a Python one; anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def as_python(value: Any) -> Any:
    """The value with all NumPy numbers and arrays in it, at any depth, as Python numbers and lists."""
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


def _path_part(part: object) -> str:
    if value_fault(part) is not None:
        return "?"
    text = str(part)
    return text if len(text) <= LONGEST_NAME else f"{text[:20]}..."
