"""Which commands a deployed flow may run, and which files it may give them: its parameters come from a form.

Either exactly what was served, files included, or any command whose code and files lie in the code roots.
"""

import json
from collections.abc import Collection, Iterator
from pathlib import Path

from sweepflow.base.settings import code_roots, is_served, serve
from sweepflow.errors import Problem
from sweepflow.fields.model import SpecModel
from sweepflow.training.inputs import FileInput, Inputs


def allow(trial: SpecModel, inputs: Inputs) -> None:
    """Let deployed flows run this command with these files, in this process and those that it starts."""
    serve(_text(trial))
    serve(_text(trial, inputs))


def command_problem(trial: SpecModel, code: str | None, taken: Collection[str]) -> Problem | None:
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


def input_problems(
    trial: SpecModel, code: str | None, inputs: Inputs, drawn: Collection[str]
) -> Iterator[Problem]:
    """The files that a deployed flow may not give to a command that it may run; `drawn` are parameters."""
    files = _files(inputs)
    if is_served(_text(trial, inputs)):
        for name in sorted(files.keys() & set(drawn)):
            yield Problem(f"search_space.{name}", f"must not take the place of the file inputs.{name}")
    elif not _is_in_roots(code):
        yield Problem("inputs", "must name the files that the command was served with, and no others")
    else:
        for name, path in files.items():
            if not _is_in_roots(path):
                rule = "must lie in a folder that SWEEPFLOW_CODE_ROOTS allows where the flow runs"
                yield Problem(f"inputs.{name}.path", rule)


def _files(inputs: Inputs) -> dict[str, str]:
    return {name: value.path for name, value in inputs.items() if isinstance(value, FileInput)}


def _is_in_roots(path: str | None) -> bool:
    # The roots are resolved already.
    return path is not None and any(map(Path(path).resolve().is_relative_to, code_roots()))


def _text(trial: SpecModel, inputs: Inputs | None = None) -> str:
    """What stands for a command, or for a command with its files."""
    fields = trial.model_dump(mode="json")
    return json.dumps([fields] if inputs is None else [fields, _files(inputs)], sort_keys=True)
