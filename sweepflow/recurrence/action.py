"""What a recurring sweep does, decided from what is new since the last one."""

from enum import StrEnum
from typing import NamedTuple

from sweepflow.spec.on_unchanged_data import AlwaysRun, ProbeChanged, SkipUnchanged


class Action(StrEnum):
    """What is to be done in place of a sweep, or before it."""

    RUN = "run"
    SKIP = "skip"
    PROBE = "probe"


class Past(NamedTuple):
    """What is known of the last completed sweep of the same spec."""

    is_data_same: bool
    has_passed_probe: bool = False
    """Whether a probe of the present data and champion has found no need for a sweep."""


def action(asked: AlwaysRun | SkipUnchanged | ProbeChanged, past: Past | None) -> Action:
    """What to do, given what there was; `past` is None if no such sweep has completed."""
    if isinstance(asked, AlwaysRun) or past is None:
        return Action.RUN
    if past.is_data_same:
        return Action.SKIP
    if isinstance(asked, SkipUnchanged):
        return Action.RUN
    return Action.SKIP if past.has_passed_probe else Action.PROBE
