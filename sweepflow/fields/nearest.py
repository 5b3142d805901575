"""The word that somebody probably meant."""

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
    """The end of a message about an unknown word of a spec: the nearest of ours, or else all of them."""
    names = list(known)
    same = [name for name in _ELSEWHERE.get(word.lower(), ()) if name in names]
    near = same[0] if same else _nearest(word, names)
    return f"did you mean {near!r}?" if near else f"known: {', '.join(names)}"


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """The end of a message about a name of the user's: the nearest that there is, or else the first ten."""
    if near := _nearest(name, known):
        return f"did you mean {near!r}?"
    return f"there is {', '.join(map(repr, known[:10])) or 'none'}{', ...' if len(known) > 10 else ''}"


def _nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is spelled most alike, in whatever letter case; None if none is near."""
    by_lower = {other.lower(): other for other in known}
    found = get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[found[0]] if found else None
