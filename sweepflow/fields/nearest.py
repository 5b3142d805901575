"""Suggests the word that somebody probably meant."""

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
"""Names that other tuners use for fields of a search space, and ours."""


def suggestion(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown word in a spec: the nearest known word, or else all of them."""
    names = list(known)
    near = probably(word, names)
    return f"did you mean {near!r}?" if near else f"known: {', '.join(names)}"


def probably(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant by an unknown one in a spec; None if none is near."""
    names = list(known)
    synonyms = [name for name in _ELSEWHERE.get(word.lower(), ()) if name in names]
    return synonyms[0] if synonyms else nearest(word, names)


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """The end of a message about an unknown name of the user's: the nearest known one, or the first ten."""
    if near := nearest(name, known):
        return f"did you mean {near!r}?"
    return f"there is {', '.join(map(repr, known[:10])) or 'none'}{', ...' if len(known) > 10 else ''}"


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known word with the most similar spelling, ignoring letter case; None if none is that similar."""
    by_lower = {name.lower(): name for name in known}
    matches = get_close_matches(word.lower(), by_lower, n=1, cutoff=cutoff)
    return by_lower[matches[0]] if matches else None
