"""Why trials failed, the commonest reason first."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sweepflow.base.printable import shortened
from sweepflow.trials.rows import TrialRow
from sweepflow.trials.state import TrialState

_MOST_SHOWN = 3
_LONGEST_SHOWN = 300
_FAILURES = (TrialState.FAILED, TrialState.TIMED_OUT)


class Reason(NamedTuple):
    """One reason, and the numbers of the trials that failed for it, in ascending order."""

    text: str
    numbers: list[int]


def reasons(rows: Sequence[TrialRow], *states: TrialState) -> list[Reason]:
    """The reasons of the trials in these states, the commonest first; of equal ones the earlier trial's."""
    numbers_by_reason: dict[str, list[int]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.number):
        if row.state in states:
            numbers_by_reason[row.error or "no reason is on record"].append(row.number)
    return [Reason(*item) for item in sorted(numbers_by_reason.items(), key=lambda item: -len(item[1]))]


def failure_lines(rows: Sequence[TrialRow]) -> tuple[str, ...]:
    """A line for each kind of failure: `3 trials failed: 2 x ValueError: no; 1 x KeyError`."""
    by_state = {state: reasons(rows, state) for state in _FAILURES}
    return tuple(_line(state, state_reasons) for state, state_reasons in by_state.items() if state_reasons)


def _line(state: TrialState, state_reasons: list[Reason]) -> str:
    n_trials = sum(len(reason.numbers) for reason in state_reasons)
    parts = [
        f"{len(numbers)} x {shortened(text, _LONGEST_SHOWN)}" for text, numbers in state_reasons[:_MOST_SHOWN]
    ]
    n_more = len(state_reasons) - _MOST_SHOWN
    more = [f"{n_more} more reason{'s' if n_more > 1 else ''} in the report"] if n_more > 0 else []
    return f"{n_trials} trial{'s' if n_trials > 1 else ''} {state.words}: {'; '.join([*parts, *more])}"
