"""Specs in YAML files."""

import os
import shlex
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from sweepflow.base.files import replacing
from sweepflow.base.printable import shortened
from sweepflow.errors import Problem, SpecError
from sweepflow.fields.nearest import did_you_mean, nearest
from sweepflow.fields.yaml import YamlError, parse_yaml, to_yaml
from sweepflow.fields.yaml_file import read_yaml
from sweepflow.reading.source_files import is_table
from sweepflow.spec.spec import Spec
from sweepflow.sweep_job import Translation, translate
from sweepflow.training import path_fields
from sweepflow.training.inputs import is_remote, local


def read_spec(path: Path) -> dict[str, Any]:
    """The fields of the spec, or of the sweep job, in a YAML file; as `read_job`."""
    return read_job(path).fields


def read_job(path: Path) -> Translation:
    """What a YAML file asks for, as the fields of a spec, relative paths resolved against its folder.

    SpecError if it cannot be read, holds no fields, or is another job than a sweep.
    """
    folder = path.absolute().parent
    job = translate_file(path)
    return job._replace(fields=with_paths(job.fields, lambda relative: os.path.normpath(folder / relative)))


def translate_file(path: Path) -> Translation:
    """As `read_job`, relative paths as they are."""
    _check_name(path)
    fields = read_yaml(path)
    if not isinstance(fields, dict):
        raise SpecError([Problem("", f"'{path}' must hold the fields of a sweep, such as `trial:`")])
    return translate(fields, path.absolute().parent)


def _check_name(path: Path) -> None:
    """SpecError for a table, and for a file that is not there beside others like it."""
    if is_table(path.name):
        cure = f"`sweepflow init {shlex.quote(str(path))} --target COLUMN` writes a spec for it"
        raise SpecError([Problem("", f"'{path}' is a table and no spec: {cure}")])
    if not os.path.exists(path):  # noqa: PTH110  False for a name that is too long, which Path.exists raises
        others = [file.name for ending in ("*.yml", "*.yaml") for file in path.parent.glob(ending)]
        twins = [name for name in others if name.rpartition(".")[0] == path.stem]
        if near := twins or get_close_matches(path.name, others, n=1):
            raise SpecError([Problem("", f"there is no file '{path}': {did_you_mean(path.name, near)}")])


def with_paths(fields: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """The fields with another path in the place of each relative one."""
    changed = dict(fields)
    for key in ("path", "train", "validation", "test"):
        changed |= _changed(changed, "data", change, key)
    trial, inputs = changed.get("trial"), changed.get("inputs")
    if isinstance(trial, dict):
        for name in path_fields(trial):
            trial = {**trial, **_changed(trial, name, change)}
            if isinstance(trial.get(name), str) and _is_relative(trial[name]):
                trial = {**trial, name: change(trial[name])}
        changed["trial"] = trial
    if isinstance(inputs, dict):
        for name in inputs:
            inputs = {**inputs, **_changed(inputs, name, change)}
        changed["inputs"] = inputs
    return changed


def map_input(fields: dict[str, Any], assignment: str) -> None:
    """Let an input be read from a local path, as `images=./images` says; SpecError if that is malformed.

    The path is relative to the working directory. A command may have inputs that the spec does not name: data
    sets that its script asks for by a name or a URL.
    """
    is_url = "://" in assignment.partition("=")[0]
    name, equals, path = assignment.rpartition("=") if is_url else assignment.partition("=")
    if not equals or not name or not path:
        raise SpecError([Problem("--input", f"must be NAME=PATH, got '{shortened(assignment, 80)}'")])
    inputs = fields["inputs"] if isinstance(fields.get("inputs"), dict) else {}
    trial = fields.get("trial")
    is_command = isinstance(trial, dict) and "command" in trial
    if name not in inputs and not (is_command and nearest(name, inputs, cutoff=0.8) is None):
        message = f"the spec has no input '{shortened(name, 80)}'; {did_you_mean(name, list(inputs))}"
        raise SpecError([Problem("--input", message)])
    given = inputs.get(name)
    mapped = os.path.normpath(Path(path).expanduser().absolute())
    fields["inputs"] = inputs
    inputs[name] = {**(given if isinstance(given, dict) else {}), "path": mapped}


def set_field(fields: dict[str, Any], assignment: str) -> None:
    """Set a field as `limits.max_total_trials=50` says, the value in YAML; SpecError if that is malformed."""
    path, equals, text = assignment.partition("=")
    *parents, last = path.split(".")
    if not equals or not last:
        raise SpecError([Problem("--set", f"must be FIELD=VALUE, got '{shortened(assignment, 80)}'")])
    mapping = fields
    for parent in parents:
        if mapping.get(parent) is None:
            mapping[parent] = {}
        mapping = mapping[parent]
        if not isinstance(mapping, dict):
            raise SpecError(
                [
                    Problem(
                        "--set",
                        f"'{shortened(parent, 80)}' in '{shortened(path, 80)}' has no fields of its own",
                    )
                ]
            )
    try:
        mapping[last] = parse_yaml(text)
    except YamlError as error:
        raise SpecError([Problem("--set", f"'{shortened(text, 80)}' is not valid YAML: {error}")]) from error


def write_spec(spec: Spec, path: Path) -> None:
    """Write the spec as YAML that `read_spec` reads."""
    with replacing(path) as partial:
        partial.write_text(to_yaml(spec.model_dump(mode="json")), encoding="utf-8")


def _changed(
    section: Mapping[str, Any], name: str, change: Callable[[str], str], key: str = "path"
) -> dict[str, Any]:
    """The part of this name with another path at its key; nothing if it has none that is relative."""
    part = section.get(name)
    if not isinstance(part, dict) or not isinstance(part.get(key), str) or not _is_relative(part[key]):
        return {}
    return {name: {**part, key: change(local(part[key]))}}


def _is_relative(path: str) -> bool:
    path = local(path)
    return not (is_remote(path) or path.startswith("~") or Path(path).is_absolute())
