"""Why trials failed, the most common reason first."""

from typing import NamedTuple

from sweepflow.archive.sweep import Sweep
from sweepflow.trials.reasons import reasons
from sweepflow.trials.state import TrialState

_MOST_NUMBERS = 12


class Failure(NamedTuple):
    """The trials that failed for the same reason."""

    reason: str
    n_trials: int
    numbers: str


def failures(sweep: Sweep) -> list[Failure]:
    """The failed and timed out trials by reason, then those that do not meet what the spec requires."""
    by_reason = reasons(sweep.rows, TrialState.FAILED, TrialState.TIMED_OUT)
    refused: dict[str, list[int]] = {}
    for row in sorted(sweep.rows, key=lambda row: row.number):
        if row.unmet:  # without the trial's own values
            refused.setdefault(f"not ranked: {row.unmet.partition(': ')[0]}", []).append(row.number)
    return [Failure(why, len(numbers), _listed(numbers)) for why, numbers in (*by_reason, *refused.items())]


def _listed(numbers: list[int]) -> str:
    text = ", ".join(map(str, numbers[:_MOST_NUMBERS]))
    return text if len(numbers) <= _MOST_NUMBERS else f"{text}, …"
