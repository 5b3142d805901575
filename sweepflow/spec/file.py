"""Specs in YAML files."""

import os
from pathlib import Path
from typing import Any

from sweepflow.base.files import replacing
from sweepflow.base.printable import shortened
from sweepflow.errors import Problem, SpecError
from sweepflow.fields.yaml import YamlError, parse_yaml, to_yaml
from sweepflow.spec.spec import Spec
from sweepflow.training import path_fields

_MOST_BYTES = 1 << 18
"""Reading takes a second for some ten thousand bytes."""


def read_yaml(path: Path) -> Any:
    """What a YAML file (YAML 1.2) holds; SpecError if it cannot be read, or holds too much."""
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
    """The fields in a YAML file, relative paths made relative to that file; SpecError."""
    fields = read_yaml(path)
    if not isinstance(fields, dict):
        raise SpecError([Problem("", f"'{path}' must hold the fields of a sweep, such as `trial:`")])
    for part, names in (("data", ("path",)), ("trial", path_fields(fields.get("trial")))):
        held = fields.get(part)
        for name in names:
            if isinstance(held, dict) and isinstance(held.get(name), str):
                held[name] = _relative_to(path.absolute().parent, held[name])
    return fields


def set_field(fields: dict[str, Any], assignment: str) -> None:
    """Put `limits.max_total_trials=50` into the fields; the value is read as YAML. SpecError."""
    path, equals, text = assignment.partition("=")
    *parents, last = path.split(".")
    if not equals or not last:
        raise SpecError([Problem("--set", f"must be FIELD=VALUE, got '{shortened(assignment, 80)}'")])
    place = fields
    for parent in parents:
        if place.get(parent) is None:
            place[parent] = {}
        place = place[parent]
        if not isinstance(place, dict):
            raise SpecError(
                [
                    Problem(
                        "--set",
                        f"'{shortened(parent, 80)}' in '{shortened(path, 80)}' has no fields of its own",
                    )
                ]
            )
    try:
        place[last] = parse_yaml(text)
    except YamlError as error:
        raise SpecError([Problem("--set", f"'{shortened(text, 80)}' is not valid YAML: {error}")]) from error


def write_spec(spec: Spec, path: Path) -> None:
    """Write the spec as YAML that `read_spec` reads."""
    with replacing(path) as partial:
        partial.write_text(to_yaml(spec.model_dump(mode="json")), encoding="utf-8")


def _relative_to(folder: Path, path: str) -> str:
    stays = "://" in path or path.startswith("~") or Path(path).is_absolute()
    return path if stays else os.path.normpath(folder / path)
