"""How a trial ends that does not end by itself, in the same words wherever it trains."""

from sweepflow.trials.state import TrialEnd, TrialState
from sweepflow.workers.work import Work

OUT_OF_TIME = "the sweep's timeout was over"


def stopped(seconds: float | None) -> TrialEnd:
    """The end of a trial whose pool was stopped; no seconds if it has not begun."""
    return TrialEnd(TrialState.CANCELED, "the sweep was stopped", seconds)


def out_of_time(seconds: float | None) -> TrialEnd:
    """The end of a trial for which the sweep had no more time."""
    return TrialEnd(TrialState.CANCELED, OUT_OF_TIME, seconds)


def timed_out(work: Work, seconds: float) -> TrialEnd:
    """The end of a trial that was killed because it took longer than it may."""
    return TrialEnd(TrialState.TIMED_OUT, f"killed after its timeout of {work.timeout:g} s", seconds)


def no_worker(cause: str) -> TrialEnd:
    """The end of a trial that no worker has seen, so that its parameters cannot be to blame."""
    return TrialEnd(TrialState.FAILED, f"no worker: {cause}", None, is_lost=True)


def model_lost(reason: str) -> str:
    """The note on a trial that has its value, and whose model could not be made or written."""
    return f"the model cannot be saved: {reason}"
