"""How far a running sweep has come."""

from typing import NamedTuple

from sweepflow.trials.parameters import Parameters


class Progress(NamedTuple):
    """How far a sweep has come, as people are shown it."""

    sweep_id: str
    n_total: int
    """The most trials that it will run."""
    n_done: int = 0
    n_running: int = 0
    n_terminated: int = 0
    n_failed: int = 0
    best_value: float | None = None
    best_number: int | None = None
    best_parameters: Parameters | None = None
    seconds: float = 0.0
    seconds_left: float | None = None
    """An estimate; None before the first trial has ended."""
    idle_seconds: float = 0.0
    """How long slots stood empty, summed over all, because the next trial had to wait for others."""
    waits_for: str | None = None
    """What the trials wait for that is not there, in a sentence; None if they can train."""
