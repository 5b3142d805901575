"""The search space of a sweep job, and the names of its parameters."""

import re
from collections.abc import Mapping
from typing import Any

from sweepflow.sweep_job.findings import Findings

_NAME = re.compile(r"-*([a-zA-Z_][a-zA-Z0-9_.-]*)")
_USE = re.compile(r"((?:search_space|inputs)\.)([a-zA-Z0-9_.-]+)")

Renamed = dict[str, str]
"""The names of parameters here, by those in the job."""


def translate_space(space: Any, findings: Findings) -> tuple[Any, Renamed]:
    """The space as we write it, and the parameters that have another name: `--lr` is `lr`."""
    renamed: Renamed = {}
    return _space(space, "search_space", renamed, findings), renamed


def with_new_names(text: Any, renamed: Renamed) -> Any:
    """The text of a command, in which templates name the parameters as in the job."""
    if not isinstance(text, str) or not renamed:
        return text
    return _USE.sub(lambda match: match[1] + renamed.get(match[2], match[2]), text)


def _space(space: Any, path: str, renamed: Renamed, findings: Findings) -> Any:
    if not isinstance(space, Mapping):
        return space
    ours: dict[Any, Any] = {}
    for name, value in space.items():
        plain = _plain(name)
        is_renamed = isinstance(name, str) and plain != name
        if plain in ours or (is_renamed and plain in space):
            findings.refuse(
                f"{path}.{name}", f"is {plain!r} here, which is the name of another parameter too"
            )
        ours[plain] = _expression(value, f"{path}.{name}", renamed, findings)
        if is_renamed:
            renamed[name] = plain
            findings.places[f"{path}.{plain}"] = f"{path}.{name}"
            if plain != name.lstrip("-"):
                findings.sentences.append(f"{path}.{name}: is called {plain} here")
    return ours


def _plain(name: Any) -> Any:
    """The name without leading dashes, other dashes and dots as underscores."""
    match = _NAME.fullmatch(name) if isinstance(name, str) else None
    return re.sub(r"[.-]", "_", match[1]) if match else name


def _expression(value: Any, path: str, renamed: Renamed, findings: Findings) -> Any:
    if not isinstance(value, Mapping):
        return value
    fields = dict(value)
    if "spec" in fields and "type" not in fields:
        fields["type"] = fields.pop("spec")
    if isinstance(fields.get("values"), list | tuple) and not fields.get("literal"):
        fields["values"] = [
            _space(branch, f"{path}.values.{index}", renamed, findings)
            for index, branch in enumerate(fields["values"])
        ]
    return fields
