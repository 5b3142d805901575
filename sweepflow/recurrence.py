"""What a sweep that is run again and again does when nothing has changed since the last time."""

from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from sweepflow.unions import ByType, Number, SpecModel


class AlwaysRun(SpecModel):
    """Run the sweep, whatever an earlier one has found."""

    type: Literal["run"] = "run"


class SkipUnchanged(SpecModel):
    """Run no trial if the last completed sweep of the same spec had the same data."""

    type: Literal["skip"] = "skip"


class ProbeChanged(SpecModel):
    """As `skip`; on other data, run the sweep only if the model in use has become worse, or is beaten."""

    type: Literal["probe"] = "probe"
    model: str | None = Field(
        default=None,
        description="The registered model whose champion is probed. Default: the last sweep's best model.",
    )
    min_improvement: Number = Field(
        default=0.0,
        ge=0,
        description="What the champion may lose, and another must gain, before the sweep is worth it.",
    )
    confidence: Number = Field(
        default=0.95, gt=0, lt=1, description="How sure the comparison must be, as the gate's."
    )


OnUnchangedData = Annotated[AlwaysRun | SkipUnchanged | ProbeChanged, ByType()]


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
