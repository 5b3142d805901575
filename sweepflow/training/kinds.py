"""The kinds of trial."""

from typing import Annotated, get_args

from sweepflow.training.command import CommandTrial
from sweepflow.training.estimator import EstimatorTrial
from sweepflow.training.function import FunctionTrial
from sweepflow.training.kind import ByKind, kind_of

AnyTrialKind = Annotated[
    EstimatorTrial
    | FunctionTrial
    | CommandTrial,
    ByKind(),
]  # fmt: skip


def path_fields(trial: object) -> tuple[str, ...]:
    """The fields of a trial in a spec that hold paths; none if it is of no known kind."""
    kind = kind_of(get_args(get_args(AnyTrialKind)[0]), trial)
    return kind.paths if kind else ()
