"""The inputs and outputs of a sweep job, in the forms of all its versions."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from sweepflow.sweep_job.findings import Findings
from sweepflow.sweep_job.names import snake_case

_SOURCES = {"data": None, "dataset": None, "file": "uri_file", "folder": "uri_folder", "local_path": None}
"""What early versions call the path, and what type it then has."""

_OF_PIPELINE = re.compile(r"\$\{\{\s*parent\.")
_WITHOUT_EFFECT = frozenset(
    {"datastore", "description", "display_name", "max", "min", "mode", "optional", "enum"}
)
_OUTPUT_WITHOUT_EFFECT = frozenset(
    {"data", "datastore", "datastore_id", "description", "display_name", "early_available", "folder",
     "is_control", "mode", "name", "path", "version"}
)  # fmt: skip
_LITERALS = ("string", "number", "integer", "boolean", "float", "enum")


def translate_inputs(inputs: Any, findings: Findings, path: str = "inputs") -> Any:
    """The inputs as we write them: a value, or a mapping with `type` and `path`."""
    if not isinstance(inputs, Mapping):
        return inputs
    return {name: _input(value, f"{path}.{name}", findings) for name, value in inputs.items()}


def translate_outputs(outputs: Any, findings: Findings) -> Any:
    """The outputs as we write them: nothing, or a mapping with a `type`."""
    if not isinstance(outputs, Mapping):
        return outputs
    return {name: _output(value, f"outputs.{name}", findings) for name, value in outputs.items()}


def with_declared(
    declared: Any, inputs: Mapping[str, Any], drawn: Mapping[str, Any], findings: Findings
) -> dict[str, Any]:
    """The inputs with what a component declares: its defaults, and the types of its files and folders.

    An optional one without a value is None; another that is not drawn is a problem.
    """
    all_inputs = dict(inputs)
    for name, declaration in declared.items() if isinstance(declared, Mapping) else ():
        declares = declaration if isinstance(declaration, Mapping) else {}
        given = inputs.get(name)
        if isinstance(given, Mapping):
            kind = _kind(declares.get("type"))
            types = {"type": kind} if kind and kind not in (*_LITERALS, "path") else {}
            all_inputs[name] = {**types, **given}
        elif given is not None or name in drawn:
            continue
        elif declares.get("default") is not None:
            all_inputs[name] = declares["default"]
        elif _is_true(declares.get("optional")):
            all_inputs[name] = None
        else:
            findings.refuse(f"inputs.{name}", "is required: the component that `trial` names declares it")
    return all_inputs


def merged(declared: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs that a component declares, with what the job says of them."""
    outputs = {**declared, **given}
    for name, value in declared.items():
        if isinstance(value, Mapping) and isinstance(outputs[name], Mapping | None):
            outputs[name] = {**value, **(outputs[name] or {})}
    return outputs


def is_declaration(value: object) -> bool:
    """Whether an input is declared, as in a component, and not given."""
    return isinstance(value, Mapping) and not {"path", "value", *_SOURCES} & value.keys()


def local_path(path: Any) -> Any:
    """The path without `file:` before it."""
    if not isinstance(path, str) or not path.startswith("file:"):
        return path
    return unquote(path.removeprefix("file://")) if path.startswith("file://") else path.removeprefix("file:")


def _input(value: Any, path: str, findings: Findings) -> Any:
    if isinstance(value, str) and _OF_PIPELINE.match(value):
        findings.refuse(path, f"takes its value from a pipeline: write the value itself, got '{value}'")
    if not isinstance(value, Mapping):
        return value
    fields = dict(value)
    for name, kind in _SOURCES.items():
        if name in fields and "path" not in fields:
            fields = _with_source(fields, fields.pop(name), kind)
    for literal in ("value", "default"):
        if literal in fields and "path" not in fields:
            return fields[literal]
    kind = _kind(fields.get("type"))
    if "path" not in fields and kind in _LITERALS:
        return None
    if kind == "path":
        del fields["type"]
    elif kind is not None:
        fields["type"] = kind
    if "path" in fields:
        fields["path"] = local_path(_input(fields["path"], path, findings))
    return findings.drop(fields, _WITHOUT_EFFECT, f"{path}.")


def _with_source(fields: dict[str, Any], source: Any, kind: str | None) -> dict[str, Any]:
    if isinstance(source, Mapping):
        return {**fields, **source}
    return {**({"type": kind} if kind else {}), **fields, "path": source}


def _output(value: Any, path: str, findings: Findings) -> Any:
    if isinstance(value, str):
        findings.dropped[path] = value
        return None
    if not isinstance(value, Mapping):
        return value
    fields = findings.drop(dict(value), _OUTPUT_WITHOUT_EFFECT, f"{path}.")
    kind = _kind(fields.get("type"))
    if kind == "path":
        del fields["type"]
    elif kind is not None:
        fields["type"] = kind
    return fields


def _kind(value: Any) -> Any:
    """The type as we write it; what is no text as it is."""
    return snake_case(value) if isinstance(value, str) else value


def _is_true(value: object) -> bool:
    return value is True or str(value).lower() == "true"
