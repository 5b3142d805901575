"""What a function reports with, and keeps its files in."""

from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path


class Report:
    """The `report` of a trainer: `report(accuracy=0.9, loss=0.2)` logs metrics, `report.folder` keeps files.

    In a trial Sweepflow makes it. To call a trainer yourself, as in a test, make one of a folder that exists
    and of what takes the metrics of each call, a dict: `Report(tmp_path, reported.append)` for a list.
    """

    def __init__(self, folder: str | PathLike[str], log: Callable[[dict[str, object]], object]) -> None:
        self.folder = Path(folder)
        """The trial's own folder, which exists: what lies there stays with the sweep, and is there again
        when the trial runs again (a retry, a resumed sweep), so that a long training can go on."""
        self._log = log

    def __call__(self, metrics: Mapping[str, object] | None = None, /, **named: object) -> None:
        """Log metrics at the trial's next interval, by keyword or by mapping.

        Raises TrialTerminated, which `except Exception` does not catch, when the trial is to stop.
        """
        self._log({**(metrics or {}), **named})
