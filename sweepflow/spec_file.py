"""Specs in YAML files."""

import os
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from sweepflow.errors import Problem, SpecError
from sweepflow.spec import Spec


def read_yaml(path: Path) -> Any:
    """What a YAML file (YAML 1.2) holds; SpecError if it cannot be read."""
    try:
        return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SpecError([Problem("", f"there is no file '{path}'")]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError([Problem("", f"'{path}' cannot be read: {error}")]) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise SpecError([Problem("", f"'{path}' is not valid YAML: {_told(error)}")]) from error


def read_spec(path: Path) -> dict[str, Any]:
    """The fields in a YAML file, relative paths made relative to that file; SpecError."""
    fields = read_yaml(path)
    if not isinstance(fields, dict):
        raise SpecError([Problem("", f"'{path}' must hold the fields of a sweep, such as `trial:`")])
    data = fields.get("data")
    if isinstance(data, dict) and isinstance(data.get("path"), str):
        data["path"] = _relative_to(path.absolute().parent, data["path"])
    return fields


def set_field(fields: dict[str, Any], assignment: str) -> None:
    """Put `limits.max_total_trials=50` into the fields; the value is read as YAML. SpecError."""
    path, equals, text = assignment.partition("=")
    *parents, last = path.split(".")
    if not equals or not last:
        raise SpecError([Problem("--set", f"must be FIELD=VALUE, got '{assignment}'")])
    place = fields
    for parent in parents:
        if place.get(parent) is None:
            place[parent] = {}
        place = place[parent]
        if not isinstance(place, dict):
            raise SpecError([Problem("--set", f"'{parent}' in '{path}' has no fields of its own")])
    try:
        place[last] = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, RecursionError) as error:
        raise SpecError([Problem("--set", f"'{text}' is not valid YAML")]) from error


def write_spec(spec: Spec, path: Path) -> None:
    """Write the spec as YAML that `read_spec` reads."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(to_yaml(spec.model_dump(mode="json")), encoding="utf-8")
    partial.replace(path)


def to_yaml(fields: Mapping[str, Any]) -> str:
    """The fields as YAML, in their own order."""
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # ruamel says None
    stream = StringIO()
    writer.dump(dict(fields), stream)
    return stream.getvalue()


def _told(error: Exception) -> str:
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return " ".join(str(error).split())
    mark = error.problem_mark
    return f"{error.problem} (line {mark.line + 1}, column {mark.column + 1})"


def _relative_to(folder: Path, path: str) -> str:
    stays = "://" in path or path.startswith("~") or Path(path).is_absolute()
    return path if stays else os.path.normpath(folder / path)
