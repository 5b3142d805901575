"""What a sweep leaves for people when it ends: the report page, the summary, and its runs in MLflow."""

import threading
from concurrent.futures import Future, InvalidStateError, wait
from contextlib import suppress

from prefect import get_run_logger
from prefect.artifacts import create_markdown_artifact

from sweepflow.analysis.forest import Importances
from sweepflow.analysis.importance import begin_importances
from sweepflow.archive.folder import REPORT_PAGE
from sweepflow.base.freed_memory import give_back_freed_memory
from sweepflow.flows.engine.signals import patience, received_signal
from sweepflow.report import write_report_page
from sweepflow.report.summary_markdown import summary_markdown
from sweepflow.running.record import SweepRecord
from sweepflow.tracking.log import log_ended_sweep
from sweepflow.trials.state import SweepState

_LOOK_SECONDS = 0.1


class Publication:
    """The report page and the summary of a sweep that ends."""

    def __init__(self, record: SweepRecord) -> None:
        self._record = record
        self._importances: Future[Importances | None] | None = None

    def begin(self) -> None:
        """Compute what takes long of them beside whatever else there is to do; all trials have ended."""
        with suppress(RuntimeError):  # no thread to spare: to write the page computes what is missing
            self._importances = begin_importances(self._record.read)
            threading.Thread(target=_get_ready, name="report page", daemon=True).start()

    def write(self) -> None:
        """Write them; logs a warning if that fails.

        A sweep that has its result must not fail because a picture cannot be drawn.
        """
        record = self._record
        if record.ledger.sweep(record.sweep_id) is None:  # its spec or data was wrong: it has not started
            return
        try:
            (record.folder.path / REPORT_PAGE).unlink(missing_ok=True)  # written before the sweep was resumed
            sweep = record.read()
            give_back_freed_memory()  # by those who read the sweep before: the page needs much itself
            self._wait_for_importances(is_interrupted=sweep.state is SweepState.CANCELED)
            write_report_page(sweep, importances=self._importances)
            create_markdown_artifact(
                summary_markdown(sweep), key="summary", description=f"How the sweep ended: {sweep.state}"
            )
        except Exception as error:  # noqa: BLE001  whatever a drawing library may raise
            get_run_logger().warning("no report was written: %s: %s", type(error).__name__, error)

    def _wait_for_importances(self, *, is_interrupted: bool) -> None:
        """Wait until they are there, but not long after a signal: whoever sent it wants the prompt."""
        begun = self._importances
        while begun and not begun.done():
            is_interrupted = is_interrupted or received_signal() is not None
            wait([begun], patience() if is_interrupted else _LOOK_SECONDS)
            if is_interrupted:
                with suppress(InvalidStateError):  # they are there just now
                    begun.set_exception(
                        RuntimeError("the importances could not be computed: the sweep was interrupted")
                    )


def _get_ready() -> None:
    """Import and read what every report page needs."""
    with suppress(Exception):  # whatever it is, to write the page meets it again, and tells
        from sweepflow.report.page import get_ready

        get_ready()


def track_sweep(record: SweepRecord) -> None:
    """Log the sweep to MLflow, if a tracking URI is set; logs a warning if that fails."""
    warning = log_ended_sweep(record)
    if warning is not None:
        get_run_logger().warning(warning)
