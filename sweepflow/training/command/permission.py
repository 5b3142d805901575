"""Which commands a deployed flow may run, and with which files and values: its parameters come from a form.

Either exactly what was served, files included, with plain values, or any command whose code and files lie in
the code roots.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from sweepflow.base.printable import brief
from sweepflow.base.settings import code_roots, is_served, serve
from sweepflow.errors import Problem
from sweepflow.fields.model import SpecModel
from sweepflow.space.expression import Drawn
from sweepflow.space.search_space import members, parameter_names
from sweepflow.training.inputs import FileInput, Inputs
from sweepflow.training.kind import OtherParts
from sweepflow.trials.parameters import word_of

_PLAIN = re.compile(r"([A-Za-z0-9_./:=+,@%][A-Za-z0-9_./:=+,@%-]*)?|-[0-9.]+(e[+-]?[0-9]+)?")
"""A text in which no shell or program sees more than a text: it does not begin as an option either."""


def allow(trial: SpecModel, parts: OtherParts) -> None:
    """Let deployed flows run this command as the spec has it, in this process and those that it starts."""
    serve(_text(trial))
    serve(_text(trial, _files(parts["inputs"])))
    for text in _texts(parts).values():
        serve(_text(trial, text))


def command_problem(trial: SpecModel, code: str | None, taken: frozenset[str]) -> Problem | None:
    """Why a deployed flow may not run the command; None if it may.

    `taken` are the variables of the flow's environment that the command would get.
    """
    if is_served(_text(trial)):
        return None
    if not _is_in_roots(code):
        return Problem(
            "trial.command",
            "is not allowed in a deployed flow, which runs a command only as it was served, or in a folder "
            "`trial.code` that SWEEPFLOW_CODE_ROOTS allows where the flow runs",
        )
    if taken:
        name = min(taken)
        return Problem(
            "trial.environment_variables",
            f"may not take '{name}' from the environment of a deployed flow: serve the spec that names it",
        )
    return None


def other_problems(trial: SpecModel, code: str | None, parts: OtherParts) -> Iterator[Problem]:
    """The files and the values that a deployed flow may not give to a command that it may run."""
    files = _files(parts["inputs"])
    if is_served(_text(trial, files)):
        drawn = parameter_names(parts["search_space"])
        for name in sorted(files.keys() & drawn):
            yield Problem(f"search_space.{name}", f"must not take the place of the file inputs.{name}")
        yield from _value_problems(trial, parts)
    elif not _is_in_roots(code):
        yield Problem("inputs", "must name the files that the command was served with, and no others")
    else:
        for name, path in files.items():
            if not _is_in_roots(path):
                rule = "must lie in a folder that SWEEPFLOW_CODE_ROOTS allows where the flow runs"
                yield Problem(f"inputs.{name}.path", rule)


def _value_problems(trial: SpecModel, parts: OtherParts) -> Iterator[Problem]:
    # The command line takes any text as one word, but nobody knows what the command does with it: a shell's
    # arithmetic and `eval`, and many a program, run a part of a text.
    for (path, _), text in _texts(parts).items():
        if not _PLAIN.fullmatch(text) and not is_served(_text(trial, text)):
            rule = (
                "in a deployed flow a text for a command must be as it was served, or made of letters, "
                "digits and ._/:=+,@%- without beginning with -"
            )
            yield Problem(path, f"{rule}, got {brief(text)}")


def _texts(parts: OtherParts) -> dict[tuple[str, int], str]:
    """The texts that the command may get, by their path in the spec and their place in a list."""
    found = {
        (f"inputs.{name}", 0): value for name, value in parts["inputs"].items() if isinstance(value, str)
    }
    for _, path, what in members(parts["search_space"]):
        values = what.options if isinstance(what, Drawn) else (what,)
        texts = ((at, value) for at, value in enumerate(values) if isinstance(value, str | list | dict))
        found |= {(path, at): word_of(value) for at, value in texts}
    return found


def _files(inputs: Inputs) -> dict[str, str]:
    return {name: value.path for name, value in inputs.items() if isinstance(value, FileInput)}


def _is_in_roots(path: str | None) -> bool:
    # The roots are resolved already.
    return path is not None and any(map(Path(path).resolve().is_relative_to, code_roots()))


def _text(trial: SpecModel, more: str | Mapping[str, str] | None = None) -> str:
    """What stands for a command, for a command with its files, and for a command with a value."""
    return json.dumps([trial.model_dump(mode="json"), more], sort_keys=True)
