"""Why trials failed, the commonest reason first."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sweepflow.base.printable import shortened
from sweepflow.trials.rows import TrialRow
from sweepflow.trials.state import TrialState

_MOST_TOLD = 3
_LONGEST_TOLD = 300
_FAILURES = (TrialState.FAILED, TrialState.TIMED_OUT)


class Reason(NamedTuple):
    """One reason, and the numbers of the trials that failed for it, in their order."""

    text: str
    numbers: list[int]


def reasons(rows: Sequence[TrialRow], *states: TrialState) -> list[Reason]:
    """The reasons of the trials in these states, the commonest first; equal counts by the first trial."""
    found: dict[str, list[int]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.number):
        if row.state in states:
            found[row.error or "no reason is on record"].append(row.number)
    return [Reason(*item) for item in sorted(found.items(), key=lambda item: -len(item[1]))]


def told(rows: Sequence[TrialRow]) -> tuple[str, ...]:
    """A line for each state that is a failure: `3 trials failed: 2 x ValueError: no; 1 x KeyError`."""
    return tuple(_line(state, found) for state in _FAILURES if (found := reasons(rows, state)))


def _line(state: TrialState, found: list[Reason]) -> str:
    n_trials = sum(len(reason.numbers) for reason in found)
    parts = [f"{len(numbers)} x {shortened(text, _LONGEST_TOLD)}" for text, numbers in found[:_MOST_TOLD]]
    n_more = len(found) - _MOST_TOLD
    more = [f"{n_more} more reason{'s' if n_more > 1 else ''} in the report"] if n_more > 0 else []
    return f"{n_trials} trial{'s' if n_trials > 1 else ''} {state.words}: {'; '.join([*parts, *more])}"
