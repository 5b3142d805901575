"""The progress of a sweep as text."""

from collections.abc import Mapping

from sweepflow.base.printable import duration
from sweepflow.running.progress import Progress
from sweepflow.trials.parameters import text_of
from sweepflow.trials.state import NULL


def advanced(progress: Progress, seconds: float) -> Progress:
    """The progress some seconds after it was reported, if nothing has happened since."""
    left = None if progress.seconds_left is None else max(0.0, progress.seconds_left - seconds)
    return progress._replace(seconds=progress.seconds + seconds, seconds_left=left)


def counts(progress: Progress) -> str:
    """How many trials are done, running, stopped early and failed."""
    parts = [
        f"{progress.n_done}/{progress.n_total} trials done",
        f"{progress.n_running} running",
        f"{progress.n_terminated} stopped early",
    ]
    return ", ".join([*parts, f"{progress.n_failed} failed"] if progress.n_failed else parts)


def times(progress: Progress) -> str:
    """How long the sweep has run, and about how many seconds are left."""
    left = progress.seconds_left
    elapsed = duration(progress.seconds)
    if left is None or progress.n_done >= progress.n_total:
        return elapsed
    return f"{elapsed}, about {duration(left)} left"


def best(progress: Progress) -> str:
    """The best value so far, and its trial and parameters."""
    if progress.best_value is None:
        return "no best trial yet"
    parameters = assignments(progress.best_parameters or {})
    return f"best {progress.best_value:.6g} (trial {progress.best_number}: {parameters})"


def assignments(parameters: Mapping[str, object]) -> str:
    """The parameters in one line."""
    return ", ".join(f"{name}={value_text(value)}" for name, value in parameters.items())


def value_text(value: object) -> str:
    """A parameter's value, to as many digits as a person reads."""
    return NULL if value is None else short(value)


def short(value: object) -> str:
    """A value in few characters; a dash where there is none."""
    if value is None:
        return "-"
    if isinstance(value, list | dict):
        return text_of(value)
    return f"{value:.5g}" if isinstance(value, float) else str(value)
