"""Single values as a person writes them in YAML."""

import re
from collections.abc import Mapping

from sweepflow.base.printable import escaped

_PLAIN = re.compile(r"(?:[A-Za-z/]|\.\.?/)[A-Za-z0-9_./-]*")
_NOT_PLAIN = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def scalar(value: object) -> str:
    """The value as YAML that reads back as the same value."""
    if not isinstance(value, str):
        return str(value).lower() if isinstance(value, bool) else repr(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _NOT_PLAIN:
        return value
    return quoted(value)


def flow(value: object) -> str:
    """The value, which may hold lists and mappings, as YAML in one line."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{scalar(name)}: {flow(each)}' for name, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    return "null" if value is None else scalar(value)


def quoted(text: str) -> str:
    """The text in double quotes, as YAML reads it."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else escaped(character)
