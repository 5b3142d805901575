"""How much time lies between rows that train and rows that are held out."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from sweepflow.base.printable import brief

__all__ = ["Gap", "microseconds_of", "told_gap"]

_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|min|h|d|w)\s*")
_SECONDS = {"s": 1, "min": 60, "h": 60 * 60, "d": 24 * 60 * 60, "w": 7 * 24 * 60 * 60}
_LONGEST_NUMBER = 9
_MOST_SECONDS = 1000 * 366 * _SECONDS["d"]


def _checked(gap: Any) -> Any:
    is_number = isinstance(gap, int) and not isinstance(gap, bool) and gap >= 0
    if is_number or (isinstance(gap, float) and gap.is_integer() and gap >= 0):
        return int(gap)
    text = gap.strip() if isinstance(gap, str) else ""
    if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER:
        return int(text)
    if (match := _DURATION.fullmatch(text)) and float(match[1]) * _SECONDS[match[2]] <= _MOST_SECONDS:
        return f"{match[1]}{match[2]}"
    rule = "must be a number of times, at least 0, or a duration such as 7d, 12h or 30min"
    raise ValueError(f"{rule} (s, min, h, d, w), got {brief(gap)}")


Gap = Annotated[Annotated[int, Field(ge=0)] | str, BeforeValidator(_checked)]
"""So many times, or a duration: a number with the unit s, min, h, d or w."""


def microseconds_of(duration: str) -> int:
    """How many microseconds the duration of a checked gap has."""
    match = _DURATION.fullmatch(duration)
    if match is None:
        raise ValueError(f"{duration!r} is no duration")
    return round(float(match[1]) * _SECONDS[match[2]] * 1_000_000)


def told_gap(gap: int | str) -> str:
    """The gap in words: `7d`, or `7 times`."""
    return gap if isinstance(gap, str) else f"{gap} times"
