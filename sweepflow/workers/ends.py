"""The ends of trials that do not end by themselves, worded alike for every compute."""

from sweepflow.trials.state import TrialEnd, TrialState
from sweepflow.workers.work import Work

OUT_OF_TIME = "the sweep's timeout was over"


def stopped(seconds: float | None) -> TrialEnd:
    """The end of a trial whose pool was stopped; `seconds` is None if it had not begun."""
    return TrialEnd(TrialState.CANCELED, "the sweep was stopped", seconds)


def out_of_time(seconds: float | None) -> TrialEnd:
    """The end of a trial for which no time was left in the sweep."""
    return TrialEnd(TrialState.CANCELED, OUT_OF_TIME, seconds)


def timed_out(work: Work, seconds: float) -> TrialEnd:
    """The end of a trial that was killed at its own timeout."""
    return TrialEnd(TrialState.TIMED_OUT, f"killed after its timeout of {work.timeout:g} s", seconds)


def no_worker(cause: str) -> TrialEnd:
    """The end of a trial that no worker could begin, so that its parameters cannot be to blame."""
    return TrialEnd(TrialState.FAILED, f"no worker: {cause}", None, is_lost=True)


def model_lost(reason: str) -> str:
    """The note on a trial that has a value, but whose model could not be made or written."""
    return f"the model cannot be saved: {reason}"
