"""How an estimator is asked to learn the target."""

from typing import Literal

from pydantic import Field

from sweepflow.fields.model import SpecModel

Transform = Literal["log", "log1p", "sqrt", "quantile"]


class Target(SpecModel, title="target"):
    """How an estimator learns the target; its predictions and all scores are in the target's own unit."""

    transform: Transform = Field(
        description="log, log1p (log(1 + x)) or sqrt, for what grows by factors; quantile: to a normal "
        "distribution, whatever the target's own is.",
    )
