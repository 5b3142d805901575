"""The word that somebody probably meant."""

import difflib
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

_ELSEWHERE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("low", "lower", "min", "minimum"), ("low", "min_value")),
    **dict.fromkeys(("high", "upper", "max", "maximum"), ("high", "max_value", "upper")),
    **dict.fromkeys(("mean", "loc"), ("mu",)),
    **dict.fromkeys(("std", "sd", "stddev", "scale"), ("sigma",)),
    **dict.fromkeys(("options", "choices", "categories"), ("values",)),
    "step": ("q",),
}
"""What other tuners call the fields of a search space."""


def suggestion(word: str, known: Iterable[str]) -> str:
    """`did you mean 'x'?` with the nearest of the known words, or all of them if none is near."""
    names = list(known)
    same = [name for name in _ELSEWHERE.get(word.lower(), ()) if name in names]
    near = same or difflib.get_close_matches(word.lower(), names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}"


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """The end of a message about an unknown name: the nearest known one, or else the first ten."""
    lower = {other.lower(): other for other in known}
    if nearest := get_close_matches(name.lower(), lower, n=1):
        return f"did you mean {lower[nearest[0]]!r}?"
    return f"there is {', '.join(map(repr, known[:10])) or 'none'}{', ...' if len(known) > 10 else ''}"
