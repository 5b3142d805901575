"""Shows values and texts of any origin to people: briefly, and without characters that a terminal obeys."""

import unicodedata
from reprlib import Repr

_CONTROLS = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode's categories of controls (escape, newline), formats (text direction), surrogates and line ends."""

_JOINERS = "\u200c\u200d"
"""Some scripts and emoji need these characters; they have no effect on the text around them."""


def printable(text: str) -> str:
    """The text in one line, its control and direction characters escaped as in Python: `\\x1b[31m`."""
    return text if text.isprintable() else "".join(map(_without_control, text))


def shortened(text: str, most: int) -> str:
    """The text; if it is longer than `most` characters, its beginning and its length."""
    return text if len(text) <= most else f"{text[:most]}... ({len(text)} characters)"


def three_digits(value: float) -> str:
    """The number with three significant digits, and all that it has before the point."""
    return f"{value:.3g}" if abs(value) < 999.5 else f"{value:,.0f}"  # .3g writes 1000 as 1e+03


def escaped(character: str) -> str:
    """The escape sequence of the character between quotes, in Python as in YAML: `\\x1b`."""
    return character.encode("unicode_escape").decode()


def _without_control(character: str) -> str:
    is_control = unicodedata.category(character) in _CONTROLS and character not in _JOINERS
    return escaped(character) if is_control else character


def brief(value: object) -> str:
    """The `repr` of the value, its middle left out if it is long."""
    short = Repr()
    short.maxstring = short.maxother = 80
    return short.repr(value)


def duration(seconds: float, *, has_tenths: bool = False) -> str:
    """The time in units that suit its length; `has_tenths` gives times below ten seconds a decimal."""
    if has_tenths and seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
