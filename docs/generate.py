"""Writes docs/spec.md, and the tables of charts and of layers in two other pages: `make docs`."""

import inspect
import tomllib
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from itertools import dropwhile
from pathlib import Path
from typing import Any

from sweepflow import plot
from sweepflow.spec.spec import Spec

PATH = Path(__file__).parent / "spec.md"
CHARTS_PATH = Path(__file__).parent / "how-to/notebook.md"
LAYERS_PATH = Path(__file__).parent / "architecture.md"

_HEAD = """\
# The spec

<!-- Written by docs/generate.py from the models: change the descriptions there, then run `make docs`. -->

Every field of a sweep: in a YAML file, as a parameter of the flow `tune`, and in the form of Prefect's UI.
An unknown field is an error that names the nearest known one. Paths in a file are relative to that file.
Where a field takes one of several kinds, `type` says which; the type alone stands for a mapping without
further fields: `sampling_algorithm: bayesian`. When to use what is told in the
[README](../README.md#the-spec), what the policies do in [Early termination](policies.md).
"""

_BOUNDS = {
    "minimum": "at least {}",
    "ge": "at least {}",
    "exclusiveMinimum": "more than {}",
    "gt": "more than {}",
    "maximum": "at most {}",
    "le": "at most {}",
    "exclusiveMaximum": "less than {}",
    "lt": "less than {}",
    "maxLength": "at most {} characters",
    "maxItems": "at most {}",
}
_TYPES = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "true or false",
    "null": "null",
    "array": "list",
    "object": "mapping",
}
_CHARTS = "| function of `sweepflow.plot` | |\n|---|---|\n"
Schema = Mapping[str, Any]


def reference(spec: type[Spec] = Spec) -> str:
    """The whole page."""
    schema = spec.model_json_schema()
    models = schema["$defs"]
    parts = [_HEAD.strip(), "## The sweep", *_table(schema, models)]
    for name, field in schema["properties"].items():
        if members := _members(field):
            parts += [f"## {name}", field.get("description", "")]
            for member in members:
                parts += _section(models[member], models, heading="###" if len(members) > 1 else "")
    return "\n\n".join(filter(None, parts)) + "\n"


def _section(model: Schema, models: Schema, heading: str) -> Iterator[str]:
    """A model's heading (if any), description and fields, and then the models that its fields hold."""
    yield f"{heading} {_kind(model)}" if heading else ""
    yield " ".join(model["description"].split())
    yield from _table(model, models)
    for name, field in model["properties"].items():
        for member in _members(field):
            yield f"#### {name}"
            yield from _section(models[member], models, heading="")


def _table(model: Schema, models: Schema) -> Iterator[str]:
    rows = ["| field | value | default | |", "|---|---|---|---|"]
    fields = sorted(model["properties"].items(), key=lambda item: item[0] != "type")
    for name, field in fields:
        default = "**required**" if name in model.get("required", ()) else _default(field["default"])
        cells = [f"`{name}`", _value(name, field, models), default, field.get("description", "")]
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    yield "\n".join(rows)


def _kind(model: Schema) -> str:
    """The name of a union's member: its `type`, or the field that only this member has."""
    return str(model["properties"].get("type", {}).get("const") or model["required"][0])


def _members(field: Schema) -> list[str]:
    """The models that a field may hold, as its value or as the values of a mapping."""
    options = [field, *field.get("anyOf", ())]
    if isinstance(inner := field.get("additionalProperties"), Mapping):
        options += [inner, *inner.get("anyOf", ())]
    return [option["$ref"].rpartition("/")[2] for option in options if "$ref" in option]


def _value(name: str, field: Schema, models: Schema) -> str:
    members = _members(field)
    if len(members) > 1:
        kinds = ", ".join(f"[{kind}](#{kind})" for kind in (_kind(models[member]) for member in members))
        return f"a mapping of names to any of: {kinds}" if "additionalProperties" in field else kinds
    if members:
        has_text = {"type": "string"} in field.get("anyOf", ())
        return f"text or [mapping](#{name})" if has_text else f"[mapping](#{name})"
    options = [option for option in field.get("anyOf", [field]) if option.get("type") != "null"]
    return " or ".join(dict.fromkeys(map(_simple, options)))


def _simple(field: Schema) -> str:
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return " or ".join(f"`{value}`" for value in field["enum"])
    if field.get("type") == "array":
        kinds = field["items"]["type"]
        item_types = " or ".join(_TYPES[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds))
        return f"list of {item_types}" + (", not empty" if field.get("minItems") else "")
    bounds = [text.format(_number(field[key])) for key, text in _BOUNDS.items() if key in field]
    return ", ".join([_TYPES[field["type"]], *bounds])


def _number(value: float) -> str:
    for exponent in (32, 63):
        if value == 2**exponent:
            return f"2^{exponent}"
    return f"{value:g}"


def _default(value: object) -> str:
    if isinstance(value, Mapping) and value:
        return f"`{value['type']}`" if "type" in value else "its fields' defaults"
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value in (None, [], {}) else f"`{value}`"


def with_charts(page: str) -> str:
    """The page, its table of charts filled in anew."""
    before, head, after = page.partition(_CHARTS)
    rest = dropwhile(lambda line: line.startswith("|"), after.splitlines(keepends=True))
    return "".join([before, head, *(_chart_row(chart.draw) for chart in plot.CHARTS), *rest])


def _chart_row(draw: Callable[..., object]) -> str:
    call = f"{draw.__name__}({', '.join(inspect.signature(draw).parameters)})"
    first_line = (draw.__doc__ or "").partition("\n")[0]
    return f"| `{call}` | {first_line.rstrip('.')} |\n"


def with_layers(page: str) -> str:
    """The page, its table of the core's layers filled in from the packages' docstrings."""
    head = "| layer | package | |\n|---|---|---|\n"
    before, _, after = page.partition(head)
    rest = dropwhile(lambda line: line.startswith("|"), after.splitlines(keepends=True))
    numbered = zip(range(len(layers()), 0, -1), layers(), strict=True)
    rows = (_layer_row(number, name) for number, names in numbered for name in names)
    return "".join([before, head, *rows, *rest])


def layers() -> list[list[str]]:
    """The packages of the core by layers, the highest first, from the import linter's settings."""
    root = Path(__file__).parents[1]
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    above = {"flows", "tasks", "testing"}
    packages = {path.parent.name for path in (root / "sweepflow").glob("*/__init__.py")} - above
    listed = (layer.split(" | ") for layer in settings["tool"]["importlinter"]["contracts"][0]["layers"])
    in_core = ([name for name in names if name in packages] for names in listed)
    return [names for names in in_core if names]


def _layer_row(number: int, package: str) -> str:
    first_line = (import_module(f"sweepflow.{package}").__doc__ or "").partition("\n")[0]
    return f"| {number} | `{package}` | {first_line} |\n"


if __name__ == "__main__":
    PATH.write_text(reference(), encoding="utf-8")
    CHARTS_PATH.write_text(with_charts(CHARTS_PATH.read_text(encoding="utf-8")), encoding="utf-8")
    LAYERS_PATH.write_text(with_layers(LAYERS_PATH.read_text(encoding="utf-8")), encoding="utf-8")
