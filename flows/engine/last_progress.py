"""The last that is known of a running sweep's progress, for whoever draws it again and again."""

import time
from collections.abc import Callable

from sweepflow.flows.engine.progress_text import advanced
from sweepflow.running.progress import Progress


class LastProgress:
    """The last progress that was told, whose clocks go on until the sweep has ended."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._progress: Progress | None = None
        self._told = clock()
        self.has_ended = False

    def update(self, progress: Progress) -> None:
        """Take note of the progress."""
        self._progress, self._told = progress, self._clock()

    def end(self) -> None:
        """Stop the clocks; nothing runs any more."""
        now = self.now()
        self._progress = now and now._replace(n_running=0, seconds_left=None)
        self.has_ended = True

    @property
    def age(self) -> float:
        """Seconds since the progress was told, or since the beginning if none was."""
        return self._clock() - self._told

    def now(self) -> Progress | None:
        """The progress as it should be by now; None if none was told yet."""
        if self._progress is None or self.has_ended:
            return self._progress
        return advanced(self._progress, self.age)
