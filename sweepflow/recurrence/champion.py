"""The champion that a probe examines: the registered one, or the last sweep's best model."""

from pathlib import Path
from typing import NamedTuple

from sweepflow.models.registry import Registry
from sweepflow.recurrence.precedent import Precedent
from sweepflow.recurrence.probe_rows import ProbeError


class Champion(NamedTuple):
    """A model in use, and the sweep that it comes from."""

    label: str
    sweep_id: str
    model_path: Path


def find_champion(registry: Registry, name: str | None, past: Precedent) -> Champion:
    """The champion of that name, else the best model of the past sweep; ProbeError if there is neither."""
    version = registry.champion(name) if name else None
    if version is not None:
        label = f"the champion, version {version.version} of '{version.name}',"
        return Champion(label, version.sweep_id, Path(version.model_path))
    if past.result.model_path is None:
        raise ProbeError(f"the last sweep '{past.sweep_id}' has no model, and there is no champion")
    label = f"the best model of sweep '{past.sweep_id}'"
    return Champion(label, past.sweep_id, Path(past.result.model_path))
