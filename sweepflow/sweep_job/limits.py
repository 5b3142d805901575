"""The limits of a sweep job."""

import re
from collections.abc import Mapping
from typing import Any

from sweepflow.sweep_job.findings import Findings

_OTHER_NAMES = {
    "max_total_runs": "max_total_trials",
    "max_concurrent_runs": "max_concurrent_trials",
    "max_duration": "timeout",
}
_IN_MINUTES = {
    "timeout_minutes": "timeout",
    "max_duration_minutes": "timeout",
    "trial_timeout_minutes": "trial_timeout",
}
_DURATION = re.compile(
    r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_MOST_TRIALS = 1000
"""As documented; a spec of our own must say how many."""


def translate_limits(limits: Any, findings: Findings) -> Any:
    """The limits under our names, times in seconds."""
    if not isinstance(limits, Mapping):
        return limits
    ours: dict[str, Any] = {}
    for name, value in limits.items():
        ours_name = _OTHER_NAMES.get(name) or _IN_MINUTES.get(name) or name
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if ours_name != name:
            place = f"limits.{name}"
            findings.places[f"limits.{ours_name}"] = findings.places.pop(place, place)
            if ours_name in limits:
                findings.refuse(place, f"must not be given beside {ours_name}")
        ours[ours_name] = value * 60 if name in _IN_MINUTES and is_number else _seconds(value)
    return ours


def with_documented_limit(limits: Any, findings: Findings) -> Any:
    """The limits with the documented number of trials, if none is given."""
    given = {} if limits is None else limits
    if not isinstance(given, Mapping) or given.get("max_total_trials") is not None:
        return limits
    findings.sentences.append(
        f"limits.max_total_trials: is not given, so that up to {_MOST_TRIALS:,} trials run, as in Azure ML"
    )
    return {**given, "max_total_trials": _MOST_TRIALS}


def _seconds(value: Any) -> Any:
    """A duration such as PT1H30M in seconds; any other value as it is."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if not match or not any(match.groups()):
        return value
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
