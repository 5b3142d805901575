"""The progress of a sweep in words."""

from collections.abc import Mapping

from sweepflow.base.printable import duration
from sweepflow.running.progress import Progress
from sweepflow.trials.state import NULL


def later(progress: Progress, seconds: float) -> Progress:
    """The progress so many seconds after it was told, if nothing has happened since."""
    left = None if progress.seconds_left is None else max(0.0, progress.seconds_left - seconds)
    return progress._replace(seconds=progress.seconds + seconds, seconds_left=left)


def counts(progress: Progress) -> str:
    """How many trials have ended, run, were stopped and failed."""
    parts = [
        f"{progress.n_done}/{progress.n_total} trials done",
        f"{progress.n_running} running",
        f"{progress.n_terminated} stopped early",
    ]
    return ", ".join([*parts, f"{progress.n_failed} failed"] if progress.n_failed else parts)


def clock(progress: Progress) -> str:
    """How long it has run, and about how long it still will."""
    left = progress.seconds_left
    told = f", about {duration(left)} left" if left is not None and progress.n_done < progress.n_total else ""
    return f"{duration(progress.seconds)}{told}"


def best(progress: Progress) -> str:
    """The best value by now, and its parameters."""
    if progress.best_value is None:
        return "no best trial yet"
    told = assignments(progress.best_parameters or {})
    return f"best {progress.best_value:.6g} (trial {progress.best_number}: {told})"


def assignments(parameters: Mapping[str, object]) -> str:
    """The parameters in a line."""
    return ", ".join(f"{name}={drawn(value)}" for name, value in parameters.items())


def drawn(value: object) -> str:
    """A value that was drawn, to as many digits as a person reads."""
    return NULL if value is None else short(value)


def short(value: object) -> str:
    """A value in few characters; a dash where there is none."""
    if value is None:
        return "-"
    return f"{value:.5g}" if isinstance(value, float) else str(value)
