"""How the trial is chosen whose model a sweep hands over."""

from typing import Annotated, Literal

from pydantic import BeforeValidator

from sweepflow.fields.model import lowered

BEST, ONE_ERROR, NOT_WORSE = "best", "one_standard_error", "not_worse_than_default"

Select = Annotated[Literal["best", "one_standard_error", "not_worse_than_default"], BeforeValidator(lowered)]
