"""How values and texts from anywhere are shown to people: briefly, and so that no terminal obeys them."""

import unicodedata
from reprlib import Repr

_OBEYED = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Controls such as escape and newline, formats such as a change of direction, surrogates, line ends."""

_JOINERS = "\u200c\u200d"
"""Letters of some scripts, and emoji, are written with them; they change nothing around them."""


def inert(text: str) -> str:
    """The text in one line, its control and direction characters written as in Python: `\\x1b[31m`."""
    return text if text.isprintable() else "".join(map(_shown, text))


def shortened(text: str, most: int) -> str:
    """The text, or its first `most` characters and how many there are."""
    return text if len(text) <= most else f"{text[:most]}... ({len(text)} characters)"


def escaped(character: str) -> str:
    """The character as it is written between quotes, in Python as in YAML: `\\x1b`."""
    return character.encode("unicode_escape").decode()


def _shown(character: str) -> str:
    is_obeyed = unicodedata.category(character) in _OBEYED and character not in _JOINERS
    return escaped(character) if is_obeyed else character


def brief(value: object) -> str:
    """The value as Python writes it, its middle left out if it is long."""
    short = Repr()
    short.maxstring = short.maxother = 80
    return short.repr(value)


def duration(seconds: float, *, has_tenths: bool = False) -> str:
    """The time in the units that suit it; `has_tenths`: below ten seconds with a decimal."""
    if has_tenths and seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
