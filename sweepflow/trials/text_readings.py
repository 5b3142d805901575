"""Texts that were probably meant as other values: for YAML `None` is a word, and `"3"` is text."""

import math
from collections.abc import Iterator, Sequence

from sweepflow.base.printable import brief
from sweepflow.trials.parameters import Scalar, Value

_NOTHING = frozenset({"none", "null", "nil", "nan", "na", "n/a", "~", ""})
_YES, _NO = frozenset({"true", "yes", "on"}), frozenset({"false", "no", "off"})
_CERTAIN = frozenset({"None", "True", "False", "nan", "NaN", "null"})
"""Words that nobody means as text: Python and JSON spell values like this."""


def probable_value(text: str) -> tuple[Scalar, str] | None:
    """The value that the text may stand for, and how YAML spells it; None if it can only be text."""
    word = text.strip().lower()
    if word in _NOTHING:
        return None, "null"
    if word in _YES | _NO:
        return word in _YES, "true" if word in _YES else "false"
    try:
        number = float(word)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return (int(word), word) if word.lstrip("+-").isdecimal() else (number, repr(number))


def text_notices(values: Sequence[Value], field: str) -> Iterator[str]:
    """A notice for each text among a choice's values that was probably meant as another value.

    "none" among other words is a word; beside a number it was probably meant as null.
    """
    texts = [value for value in values if isinstance(value, str)]
    is_mixed = len(texts) < len(values)
    is_boolean = all(text.strip().lower() in _YES | _NO for text in texts)
    for place, value in enumerate(values):
        meant = probable_value(value) if isinstance(value, str) else None
        if meant is None:
            continue
        is_number = isinstance(meant[0], int | float) and not isinstance(meant[0], bool)
        if is_mixed or is_boolean or is_number or str(value).strip() in _CERTAIN:
            where = field.format(place)
            yield f"{where}: is the text {brief(value)}; write {meant[1]} if that is what you mean"
