"""Whether a recurring sweep runs, is skipped or is preceded by a probe: decided from what has changed."""

from enum import StrEnum
from typing import NamedTuple

from sweepflow.spec.on_unchanged_data import AlwaysRun, ProbeChanged, SkipUnchanged


class Action(StrEnum):
    """What a recurring sweep does first."""

    RUN = "run"
    SKIP = "skip"
    PROBE = "probe"


class Past(NamedTuple):
    """What the last completed sweep of the same spec tells about this one."""

    is_data_same: bool
    has_passed_probe: bool = False
    """Whether a probe of the present data and champion has found no need for a sweep."""


def action(setting: AlwaysRun | SkipUnchanged | ProbeChanged, past: Past | None) -> Action:
    """What to do by `on_unchanged_data`; `past` is None if no sweep of the same spec has completed."""
    if isinstance(setting, AlwaysRun) or past is None:
        return Action.RUN
    if past.is_data_same:
        return Action.SKIP
    if isinstance(setting, SkipUnchanged):
        return Action.RUN
    return Action.SKIP if past.has_passed_probe else Action.PROBE
