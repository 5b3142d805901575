"""The last reported progress of a running sweep, for displays that are redrawn all the time."""

import time
from collections.abc import Callable

from sweepflow.flows.engine.progress_text import advanced
from sweepflow.running.progress import Progress


class LastProgress:
    """The last reported progress, whose times go on until the sweep has ended."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._progress: Progress | None = None
        self._updated_at = clock()
        self.has_ended = False

    def update(self, progress: Progress) -> None:
        """Store the progress."""
        self._progress, self._updated_at = progress, self._clock()

    def end(self) -> None:
        """Stop the times: the sweep has ended."""
        now = self.now()
        self._progress = now and now._replace(n_running=0, seconds_left=None, waits_for=None)
        self.has_ended = True

    @property
    def age(self) -> float:
        """Seconds since the progress was reported, or since the beginning if none was reported."""
        return self._clock() - self._updated_at

    def now(self) -> Progress | None:
        """The last progress, its times extrapolated to now; None if none was reported yet."""
        if self._progress is None or self.has_ended:
            return self._progress
        return advanced(self._progress, self.age)
