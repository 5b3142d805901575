"""Why trials failed, the commonest reason first."""

from typing import NamedTuple

from sweepflow.archive.sweep import Sweep
from sweepflow.trials.reasons import reasons
from sweepflow.trials.state import TrialState

_MOST_NUMBERS = 12


class Failure(NamedTuple):
    """Trials that failed for one reason."""

    reason: str
    n_trials: int
    numbers: str


def failures(sweep: Sweep) -> list[Failure]:
    """The failed and timed out trials by reason."""
    found = reasons(sweep.rows, TrialState.FAILED, TrialState.TIMED_OUT)
    return [Failure(text, len(numbers), _told(numbers)) for text, numbers in found]


def _told(numbers: list[int]) -> str:
    told = ", ".join(map(str, numbers[:_MOST_NUMBERS]))
    return told if len(numbers) <= _MOST_NUMBERS else f"{told}, …"
