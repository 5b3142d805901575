"""The templates in a text, such as ${{search_space.lr}}: found, and filled in with values."""

import re
from collections.abc import Container, Iterator, Mapping
from typing import NamedTuple

_KINDS = "search_space|inputs|outputs"
"""Those that a command may hold; `env` is for environment variables alone."""
_TEMPLATE = re.compile(
    rf"\$\{{\{{\s*(?P<kind>{_KINDS}|env)\.(?P<name>\w+)(?:\.path)?\s*\}}\}}"
    rf"|(?<![${{])\{{(?P<old_kind>{_KINDS})\.(?P<old_name>\w+)(?:\.path)?\}}(?!\}})",
    re.ASCII,
)
_OPTIONAL = re.compile(r"\$\[\[(.*?)\]\]", re.DOTALL)
_ANY = re.compile(r"\$\{\{.*?(?:\}\}|$)", re.DOTALL)


_NAMED = rf"(?P<kind>{_KINDS})\.(?P<name>\w+)"
_LOOKALIKES = (
    re.compile(rf"\$\{{\s*{_NAMED}\s*\}}", re.ASCII),
    re.compile(rf"(?<!\$)\{{\{{\s*{_NAMED}\s*\}}\}}", re.ASCII),
    re.compile(r"\$(?P<kind>search_space)\.(?P<name>\w+)", re.ASCII),
)
"""How templates are written elsewhere, and by mistake."""


class Reference(NamedTuple):
    """What a template stands for: `search_space` and `lr`, for example."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.name}"


def references(text: str) -> list[Reference]:
    """What the templates in the text stand for, in their order, each once."""
    return list(dict.fromkeys(_reference(match) for match in _TEMPLATE.finditer(text)))


def required(text: str) -> list[Reference]:
    """The references in the text that are in no part of it in `$[[ ]]`."""
    return references(_OPTIONAL.sub("", text))


def malformed(text: str) -> list[str]:
    """The parts of the text that begin as a template and are none."""
    return [match[0] for match in _ANY.finditer(text) if not _TEMPLATE.fullmatch(match[0])]


def lookalikes(text: str) -> Iterator[tuple[str, Reference]]:
    """The parts of the text that are no templates but look like them, with what each would stand for."""
    for pattern in _LOOKALIKES:
        yield from ((match[0], Reference(match["kind"], match["name"])) for match in pattern.finditer(text))


def split(text: str, known: Container[Reference]) -> list[str | Reference]:
    """The text in pieces, each a text or what a template stands for.

    A part in `$[[ ]]` is left out if one of its references is not among the known ones, which have a value.
    """
    return list(_pieces(_OPTIONAL.sub(lambda match: _kept(match[1], known), text)))


def fill(text: str, values: Mapping[Reference, str]) -> str:
    """The text with the values in their templates' places, as they are; KeyError if one is missing."""
    return "".join(piece if isinstance(piece, str) else values[piece] for piece in split(text, values))


def _kept(part: str, known: Container[Reference]) -> str:
    return part if all(reference in known for reference in references(part)) else ""


def _pieces(text: str) -> Iterator[str | Reference]:
    end = 0
    for match in _TEMPLATE.finditer(text):
        yield text[end : match.start()]
        yield _reference(match)
        end = match.end()
    yield text[end:]


def _reference(match: re.Match[str]) -> Reference:
    return Reference(match["kind"] or match["old_kind"], match["name"] or match["old_name"])
