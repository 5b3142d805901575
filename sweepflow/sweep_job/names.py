"""The names of fields in sweep jobs: those without effect here, and those of earlier versions."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sweepflow.fields.nearest import nearest
from sweepflow.sweep_job.findings import Findings

_ANY_JOB = {
    "$schema", "creation_context", "distribution", "environment", "id", "identity", "log_files",
    "properties", "queue_settings", "resources", "services", "status",
}  # fmt: skip
JOB_WITHOUT_EFFECT = frozenset({*_ANY_JOB, "settings"})
TRIAL_WITHOUT_EFFECT = frozenset(
    {
        *_ANY_JOB, "description", "display_name", "experiment_name", "is_deterministic", "name", "tags",
        "type", "version",
    }
)  # fmt: skip
"""Of the trial of a job, and of a component."""

_LIMITS = (
    "max_total_trials", "max_total_runs", "max_concurrent_trials", "max_concurrent_runs", "timeout",
    "timeout_minutes", "trial_timeout", "max_duration_minutes",
)  # fmt: skip
"""Limits that the first versions have at the top of a job."""

_OF_TRIAL = ("command", "code", "environment_variables")
"""Fields of the trial that the first versions also have at the top of a job."""


def with_names_of_today(job: Mapping[str, Any], findings: Findings) -> dict[str, Any]:
    """The job with every field under the name and at the place that it has in later versions."""
    fields = dict(job)
    if "algorithm" in fields and not isinstance(fields.get("sampling_algorithm"), str | Mapping):
        fields["sampling_algorithm"] = fields.pop("algorithm")
        findings.places["sampling_algorithm"] = "algorithm"
    if "job_type" in fields and "type" not in fields:
        fields["type"] = fields.pop("job_type")
        findings.places["type"] = "job_type"
    if isinstance(fields.get("type"), str):
        fields["type"] = fields["type"].lower().removesuffix("_job")
    _move(fields, _LIMITS, "limits", findings)
    if "trial" not in fields or "command" not in fields:
        _move(fields, _OF_TRIAL, "trial", findings)
    return fields


def _move(fields: dict[str, Any], names: Iterable[str], section: str, findings: Findings) -> None:
    """Move these fields into a section of the job, where a field of the same name wins."""
    if not isinstance(fields.get(section, {}), Mapping | None):
        return
    moved = {name: fields.pop(name) for name in names if name in fields}
    if moved:
        fields[section] = {**moved, **(fields.get(section) or {})}
        findings.places |= {f"{section}.{name}": name for name in moved}


def check_spelling(
    section: Mapping[str, Any], without_effect: frozenset[str], path: str, findings: Findings
) -> None:
    """Refuse a misspelt name of a field without effect, which the spec knows nothing of."""
    for name in section:
        meant = nearest(name, without_effect, cutoff=0.8) if isinstance(name, str) else None
        if meant and meant != name:
            findings.refuse(f"{path}{name}", f"unknown field {name!r}; did you mean {meant!r}?")


def snake_case(name: str) -> str:
    """The name in small letters with underscores: `uri_file` for UriFile."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
