"""The early termination policies; a new one is one file here and one name in the union."""

from typing import Annotated

from sweepflow.fields.union import ByType
from sweepflow.termination.bandit import BanditPolicy
from sweepflow.termination.forgiving import ForgivingFoldsPolicy
from sweepflow.termination.halving import HyperbandPolicy, SuccessiveHalvingPolicy
from sweepflow.termination.median import MedianStoppingPolicy
from sweepflow.termination.policy import GO_ON, Decision, Policy
from sweepflow.termination.truncation import TruncationSelectionPolicy

EarlyTermination = Annotated[
    BanditPolicy
    | MedianStoppingPolicy
    | TruncationSelectionPolicy
    | SuccessiveHalvingPolicy
    | HyperbandPolicy
    | ForgivingFoldsPolicy,
    ByType(),
]

__all__ = [
    "GO_ON",
    "BanditPolicy",
    "Decision",
    "EarlyTermination",
    "ForgivingFoldsPolicy",
    "HyperbandPolicy",
    "MedianStoppingPolicy",
    "Policy",
    "SuccessiveHalvingPolicy",
    "TruncationSelectionPolicy",
]
