"""What a recurring sweep does when nothing has changed since the last time."""

from typing import Annotated, Literal

from pydantic import Field

from sweepflow.fields.model import Number, SpecModel
from sweepflow.fields.union import ByType


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
