"""The templates in a command, such as ${{search_space.lr}}: found, checked, and filled in with values."""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

_TEMPLATE = re.compile(
    r"\$\{\{\s*(?P<kind>search_space|inputs|outputs|env)\.(?P<name>\w+)\s*\}\}"
    r"|(?<![${])\{(?P<old_kind>search_space|inputs|outputs)\.(?P<old_name>\w+)\}"
)
_OPTIONAL = re.compile(r"\$\[\[(.*?)\]\]", re.DOTALL)


class Reference(NamedTuple):
    """What a template stands for: `inputs` and `lr`, for example."""

    kind: str
    name: str


def references(text: str) -> Iterator[Reference]:
    """What the templates in the text stand for, in their order."""
    for match in _TEMPLATE.finditer(text):
        yield _reference(match)


def fill(text: str, values: Mapping[Reference, str], quote: Callable[[str], str] = shlex.quote) -> str:
    """The text with the values in their templates' places, each quoted so that it stays one word.

    A part in `$[[ ]]` is left out if a value in it is missing. KeyError if another value is missing.
    """

    def kept(match: re.Match[str]) -> str:
        return match[1] if all(reference in values for reference in references(match[1])) else ""

    return _TEMPLATE.sub(lambda match: quote(values[_reference(match)]), _OPTIONAL.sub(kept, text))


def _reference(match: re.Match[str]) -> Reference:
    return Reference(match["kind"] or match["old_kind"], match["name"] or match["old_name"])
