"""Specs in YAML files."""

import os
from pathlib import Path
from typing import Any

from sweepflow.base.files import replacing
from sweepflow.base.printable import shortened
from sweepflow.errors import Problem, SpecError
from sweepflow.fields.nearest import did_you_mean, nearest
from sweepflow.fields.yaml import YamlError, parse_yaml, to_yaml
from sweepflow.spec.spec import Spec
from sweepflow.training import path_fields
from sweepflow.training.inputs import is_remote

_MOST_BYTES = 1 << 18
"""Parsing ten thousand bytes takes about a second."""


def read_yaml(path: Path) -> Any:
    """The content of a YAML 1.2 file; SpecError if it cannot be read or is too large."""
    try:
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise SpecError([Problem("", f"there is no file '{path}'")]) from error
    except OSError as error:
        raise SpecError([Problem("", f"'{path}' cannot be read: {error.strerror}")]) from error
    if len(content) > _MOST_BYTES:
        raise SpecError([Problem("", f"'{path}' must have at most {_MOST_BYTES:,} bytes")])
    try:
        return parse_yaml(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise SpecError(
            [Problem("", f"'{path}' cannot be read: it is not UTF-8 text ({error.reason})")]
        ) from error
    except YamlError as error:
        raise SpecError([Problem("", f"'{path}' is not valid YAML: {error}")]) from error


def read_spec(path: Path) -> dict[str, Any]:
    """The fields in a YAML file, relative paths resolved against its folder.

    SpecError if it cannot be read, or holds no fields.
    """
    fields = read_yaml(path)
    if not isinstance(fields, dict):
        raise SpecError([Problem("", f"'{path}' must hold the fields of a sweep, such as `trial:`")])
    folder = path.absolute().parent
    _resolve(fields, "data", folder)
    trial, inputs = fields.get("trial"), fields.get("inputs")
    if isinstance(trial, dict):
        for name in path_fields(trial):
            if isinstance(trial.get(name), str):
                trial[name] = _relative_to(folder, trial[name])
            _resolve(trial, name, folder)
    if isinstance(inputs, dict):
        for name in inputs:
            _resolve(inputs, name, folder)
    return fields


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


def _resolve(section: dict[str, Any], name: str, folder: Path) -> None:
    """Make the `path` of this part absolute, if it has one."""
    part = section.get(name)
    if isinstance(part, dict) and isinstance(part.get("path"), str):
        section[name] = {**part, "path": _relative_to(folder, part["path"])}


def _relative_to(folder: Path, path: str) -> str:
    is_kept = is_remote(path) or path.startswith("~") or Path(path).is_absolute()
    return path if is_kept else os.path.normpath(folder / path)
