"""The parameters of a trial."""

import json
from typing import Any

Scalar = bool | int | float | str | None

Value = Scalar | list[Any] | dict[str, Any]
"""What a parameter can be: a scalar, or a list or a mapping of such, as JSON has them."""

Parameters = dict[str, Value]


def value_key(value: object) -> str:
    """A string that is the same for the same value, whatever the order of its names.

    1, 1.0, true and "1" differ, in lists and mappings too.
    """
    return json.dumps(value, sort_keys=True) if isinstance(value, list | dict) else repr(value)


def word_of(value: Value) -> str:
    """The value as a command gets it: a text as it is, a list or a mapping as JSON, else as in Python."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, list | dict) else repr(value)


def text_of(value: Value) -> str:
    """The value as a text for people and for columns of text: a list or a mapping as JSON."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


def configuration_key(parameters: Parameters) -> str:
    """A string that is the same for the same parameters in any order; 1, 1.0, true and "1" differ."""
    return json.dumps(parameters, sort_keys=True)
