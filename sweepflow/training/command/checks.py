"""What can be wrong with a command before anything runs: its templates, and the values in their places."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from shlex import quote

from sweepflow.base.settings import home
from sweepflow.errors import Problem
from sweepflow.fields.nearest import did_you_mean, nearest
from sweepflow.space.expression import Drawn
from sweepflow.space.search_space import always_drawn, members, parameter_names
from sweepflow.training.command.running.interpreter import shell
from sweepflow.training.command.shell.quoting import refused
from sweepflow.training.command.shell.template import (
    Reference,
    fill,
    lookalikes,
    malformed,
    references,
    required,
    split,
)
from sweepflow.training.command.variables import ENVIRONMENT, only_in_variables
from sweepflow.training.inputs import PARTS, ROLES, FileInput, is_remote, names_of_parts, text_of
from sweepflow.training.kind import OtherParts
from sweepflow.trials.parameters import word_of

COMMAND = "trial.command"
_MOST_TEMPLATES = 500


def code_problems(path: str) -> Iterator[Problem]:
    """Why this cannot be the folder of a command's code."""
    if is_remote(path):
        rule = "is on another machine: name a folder of this one, as --set trial.code=PATH does"
        yield Problem("trial.code", f"{rule}, got '{path}'")
    elif Path(path).is_file():
        yield Problem("trial.code", f"'{path}' is a file: name its folder, '{Path(path).parent}'")
    elif not Path(path).is_dir():
        yield Problem("trial.code", f"there is no folder '{path}'")


def input_problems(parts: OtherParts) -> Iterator[Problem]:
    """The inputs that cannot be read here, or whose names the prepared data has."""
    for name, value in parts.get("inputs", {}).items():
        if isinstance(value, FileInput) and (fault := _fault_of(name, value)):
            yield Problem(f"inputs.{name}.path", fault)
        data = parts.get("data")
        if data is not None and name in (own := names_of_parts(data.roles)):
            rule = f"is the name of the prepared rows that `data` gives a command ({' and '.join(own)})"
            yield Problem(f"inputs.{name}", f"{rule}: choose another one")


def template_problems(texts: Mapping[str, str], parts: OtherParts) -> Iterator[Problem]:
    """What is wrong with the templates in these texts by their path, the command among them."""
    for path, text in texts.items():
        for template in malformed(text):
            yield Problem(path, f"'{template}' is no template: write {_meant(template, parts)}")
    if not {"search_space", "inputs", "outputs", "data"} <= parts.keys():
        return
    known = texts_by_reference(parts)
    for path, text in texts.items():
        for written, reference in lookalikes(text):
            if reference in known:
                yield Problem(path, f"'{written}' is no template: write ${{{{{reference}}}}}")
        yield from _unknown(path, text, known, parts)
    pieces = split(texts[COMMAND], known)
    n_templates = sum(isinstance(piece, Reference) for piece in pieces)
    if n_templates > _MOST_TEMPLATES:
        yield Problem(COMMAND, f"must have at most {_MOST_TEMPLATES} templates, got {n_templates}")
    elif all(reference in known for reference in required(texts[COMMAND])):
        yield from (Problem(COMMAND, str(fault)) for fault in refused(pieces, known))


def _meant(template: str, parts: OtherParts) -> str:
    """What to write in place of what begins as a template: that of its last word if it is a parameter."""
    words = re.findall(r"\w+", template)
    if words and "search_space" in parts and words[-1] in parameter_names(parts["search_space"]):
        return f"${{{{search_space.{words[-1]}}}}}"
    return "${{search_space.NAME}}, ${{inputs.NAME}} or ${{outputs.NAME}}"


def _unknown(path: str, text: str, known: Mapping[Reference, object], parts: OtherParts) -> Iterator[Problem]:
    """The references that no trial, or not every trial, has a value for."""
    needed, undrawn = required(text), _not_always_drawn(parts)
    for reference in references(text):
        if reference.kind == ENVIRONMENT:
            yield from [Problem(path, only_in_variables(reference.name))] if path == COMMAND else []
        elif reference not in known and (reference in needed or not _is_given(reference, parts)):
            yield Problem(path, _no_value(reference, known, parts))
        elif reference in undrawn and reference in needed:
            rule = "is not drawn in every branch of the search space"
            yield Problem(path, f"{reference} {rule}: put what needs it into $[[ ]] to leave that out")


def syntax_problems(command: str) -> Iterator[Problem]:
    """Why the shell cannot read the command, such as a quote that is not closed; nothing is run."""
    filled = fill(command, dict.fromkeys(references(command), "0"))
    done = subprocess.run([shell(), "-n", "-c", filled], stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["it is not complete"]
        fault = lines[0].removeprefix(f"{shell()}: ").removeprefix("-c: ")
        yield Problem(COMMAND, f"{PurePath(shell()).name} cannot read it: {fault}")


def texts_by_reference(parts: OtherParts) -> dict[Reference, list[str]]:
    """What can be referred to, with the texts that it may stand for; none for numbers, which are plain."""
    space, own = parts["search_space"], str(home())
    drawn: dict[str, list[str]] = {name: [] for name in parameter_names(space)}
    for member in members(space):
        values = member.what.options if isinstance(member.what, Drawn) else (member.what,)
        drawn[member.name] += [word_of(value) for value in values if isinstance(value, str | list | dict)]
    given = {name: text_of(value) for name, value in parts["inputs"].items()}
    inputs = {name: [text] for name, text in given.items() if text is not None}
    if parts["data"] is not None:
        inputs |= {part: [own] for part in names_of_parts(parts["data"].roles)}
    outputs = {name: [own] for name in parts["outputs"]}
    kinds = {"search_space": drawn, "inputs": {**inputs, **drawn}, "outputs": outputs}
    return {Reference(kind, name): texts for kind, named in kinds.items() for name, texts in named.items()}


def _is_given(reference: Reference, parts: OtherParts) -> bool:
    """Whether it is an input of the spec, with or without a value."""
    return reference.kind == "inputs" and reference.name in parts["inputs"]


def _no_value(reference: Reference, known: Mapping[Reference, object], parts: OtherParts) -> str:
    if _is_given(reference, parts):
        return f"{reference} has no value: give it one, or put what needs it into $[[ ]] to leave that out"
    names = sorted(other.name for other in known if other.kind == reference.kind)
    if reference.kind == "search_space" or nearest(reference.name, names):
        return f"there is no {reference}; {did_you_mean(reference.name, names)}"
    if reference.kind == "inputs" and reference.name in PARTS:
        rows = {"train": "training", "validation": "validation"}[reference.name]
        return f"there is no {reference}: add `data`, whose {rows} rows it is, or an input of that name"
    if reference.kind == "inputs" and reference.name in ROLES:
        return f"there is no {reference}: name a weight, a group or a time in `data`"
    others = f"; {did_you_mean(reference.name, names)}" if names else ""
    return f"there is no {reference}: add it to `{reference.kind}`{others}"


def _not_always_drawn(parts: OtherParts) -> set[Reference]:
    names = parameter_names(parts["search_space"]) - always_drawn(parts["search_space"])
    return {Reference(kind, name) for kind in ("search_space", "inputs") for name in names}


def _fault_of(name: str, given: FileInput) -> str | None:
    """Why the input cannot be read; None if it can."""
    if is_remote(given.path):
        option = f"--input {quote(f'{name}=PATH')}"
        return f"is on another machine: name its copy on this one by {option}, got '{given.path}'"
    if not Path(given.path).exists():
        return f"there is no file or folder '{given.path}'"
    if given.type == "uri_file" and Path(given.path).is_dir():
        return f"must be a file, because its type is uri_file, but '{given.path}' is a folder"
    return None
