"""The classes of a target, and the columns to predict in words."""

from collections.abc import Sequence

__all__ = ["Label", "in_words"]

Label = str | int | float | bool


def in_words(noun: str, names: Sequence[str]) -> str:
    """The columns of these names in a sentence: column 'a', or columns 'a', 'b' and 'c'."""
    *others, last = map(repr, names)
    return f"{noun}s {', '.join(others)} and {last}" if others else f"{noun} {last}"
