"""Values in a command for the shell: each reaches its program as exactly one text, whatever it holds."""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sweepflow.base.printable import brief
from sweepflow.errors import TrialError
from sweepflow.training.command.shell.places import SLOT, Context, Place, places
from sweepflow.training.command.shell.template import Reference

_MANY_WORDS = re.compile(r"|-\S*\s.*", re.DOTALL)
"""What was probably meant to be no argument, or several."""

_PLAIN = re.compile(r"[A-Za-z0-9_./:=+,@%-]+")

_VARIABLE = {
    Context.BARE: '"${{{}}}"',
    Context.DOUBLE: "${{{}}}",
    Context.SINGLE: "'\"${{{}}}\"'",
    Context.COMMENT: "${{{}}}",
}
"""How a variable is written so that the shell puts its text there, and reads it no further."""

_LITERAL: dict[Context, Callable[[str], str]] = {
    Context.BARE: shlex.quote,
    Context.DOUBLE: lambda value: re.sub(r'[\\$`"]', r"\\\g<0>", value),
    Context.SINGLE: lambda value: value.replace("'", "'\\''"),
    Context.COMMENT: lambda value: value.replace("\n", " "),
}

Pieces = Sequence[str | Reference]
"""A command: its texts, and what stands between them."""


class Line(NamedTuple):
    """A line for the shell, and the environment variables that it reads values from."""

    text: str
    variables: dict[str, str]


class Refused(NamedTuple):
    """A value that cannot be put where its template stands, and why."""

    reference: Reference
    value: str
    why: str

    def __str__(self) -> str:
        variable = "the JSON in SWEEPFLOW_INPUTS"
        if self.reference.kind == "search_space":
            variable = f"the variable AZUREML_SWEEP_{self.reference.name}"
        return (
            f"the value {brief(self.value)} of {self.reference} cannot be put into {self.why} as a text and "
            f"nothing else: let the script read {variable}, or use letters, digits and ._/:=+,@%- only"
        )


def line(pieces: Pieces, values: Mapping[Reference, str]) -> Line:
    """The command with these values; TrialError if one of them is refused.

    A value of plain characters stands in the line itself. Any other is read from a variable: what a variable
    holds is a text for the shell, and never a part of the command.
    """
    variables: dict[str, str] = {}

    def write(reference: Reference, place: Place, value: str) -> str:
        if place.context is Context.FIXED:
            raise TrialError(f"trial.command: {Refused(reference, value, place.why)}")
        name = f"SWEEPFLOW_{reference.kind.upper()}_{reference.name}"
        variables[name] = value
        return _VARIABLE[place.context].format(name)

    return Line(_joined(pieces, values, write), variables)


def readable_line(pieces: Pieces, values: Mapping[Reference, str]) -> str:
    """The command with all values in it, for people: what could be typed to run the same."""
    return _joined(pieces, values, lambda _, place, value: _LITERAL[place.context](value))


def refused(pieces: Pieces, values: Mapping[Reference, Sequence[str]]) -> Iterator[Refused]:
    """The first refused one of the possible values of each reference."""
    for reference, place in _placed(pieces):
        faults = (
            Refused(reference, value, place.why) for value in values[reference] if not _fits(value, place)
        )
        if fault := next(faults, None):
            yield fault


def surprising(pieces: Pieces, values: Mapping[Reference, Sequence[str]]) -> Iterator[str]:
    """Notices of values that would be no or several arguments if the shell read them; here each is one."""
    for reference, place in _placed(pieces):
        if place.context is Context.BARE:
            for value in filter(_MANY_WORDS.fullmatch, values[reference]):
                how = "with all that is in it" if value else "an empty one"
                yield f"the value {brief(value)} of {reference} reaches the program as one argument, {how}"


def _joined(
    pieces: Pieces, values: Mapping[Reference, str], write: Callable[[Reference, Place, str], str]
) -> str:
    placed = iter(_placed(pieces))
    return "".join(
        piece if isinstance(piece, str) else _written(*next(placed), values[piece], write) for piece in pieces
    )


def _written(
    reference: Reference, place: Place, value: str, write: Callable[[Reference, Place, str], str]
) -> str:
    is_plain = _PLAIN.fullmatch(value) and place.takes_plain
    return value if is_plain else write(reference, place, value)


def _placed(pieces: Pieces) -> list[tuple[Reference, Place]]:
    text = "".join(piece if isinstance(piece, str) else SLOT for piece in pieces)
    given = [piece for piece in pieces if isinstance(piece, Reference)]
    return list(zip(given, places(text), strict=True))


def _fits(value: str, place: Place) -> bool:
    if place.context is not Context.FIXED:
        return True
    # A value that is a part of the last line of a here-document might be taken for that line.
    return bool(place.takes_plain and _PLAIN.fullmatch(value) and value not in place.delimiter)
