"""What the user should know of a command whose spec is valid."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath

from sweepflow.fields.nearest import did_you_mean
from sweepflow.space.search_space import branch_names, parameter_names
from sweepflow.training.command.checks import COMMAND, texts_by_reference
from sweepflow.training.command.shell.quoting import surprising
from sweepflow.training.command.shell.template import references, split
from sweepflow.training.kind import OtherParts

_SCRIPT = re.compile(r"(?:\./)?[\w-]+(?:/[\w-]+)*\.(?:py|sh|R|r|jl|pl)")
_FIRST = re.compile(
    r"\s*(?:[A-Za-z_]\w*=\S*\s+)*"  # variables for it
    rf"(?:(?:python[\d.]*|bash|sh|Rscript|julia|perl)\s+(?:-u\s+)?|(?=\./))(?P<script>{_SCRIPT.pattern})(?![^\s;|&])"
)
"""A command that begins with a script in the folder that it starts in."""


def surprising_values(command: str, parts: OtherParts) -> Iterator[str]:
    """Notices of values that the shell does not divide into arguments."""
    texts = texts_by_reference(parts)
    yield from (f"{COMMAND}: {notice}" for notice in surprising(split(command, texts), texts))


def missing_code(command: str) -> Iterator[str]:
    """A notice of the script that a command names, and that will not be in its empty folder."""
    scripts = (word for word in command.split() if _SCRIPT.fullmatch(word))
    if script := next(scripts, None):
        yield (
            f"trial.code: is empty, so the command begins in an empty folder, where there is no {script}; "
            "write `code: .` for the folder of the spec"
        )


def misnamed_script(command: str, code: Path) -> Iterator[str]:
    """A notice of the script that the command begins with, if the folder of its code has no such file."""
    first = _FIRST.match(command)
    if first is None or (code / first["script"]).exists():
        return
    script = PurePath(first["script"])
    folder = code / script.parent
    files = folder.iterdir() if folder.is_dir() else ()
    names = sorted(str(script.with_name(file.name)) for file in files if _SCRIPT.fullmatch(file.name))
    yield f"{COMMAND}: there is no {script} in '{code}'; {did_you_mean(str(script), names)}"


def unused_parameters(texts: Mapping[str, str], parts: OtherParts) -> Iterator[str]:
    """A notice of the parameters that no text names, if there are any."""
    used = {reference.name for text in texts.values() for reference in references(text)}
    space, shown = parts["search_space"], " ".join(texts.values())
    names = parameter_names(space) - branch_names(space) - used
    unused = sorted(name for name in names if f"AZUREML_SWEEP_{name}" not in shown)
    if unused:
        variables = ", ".join(f"AZUREML_SWEEP_{name}" for name in unused)
        yield f"{COMMAND}: does not use {', '.join(unused)}, which the script gets in {variables} alone"
