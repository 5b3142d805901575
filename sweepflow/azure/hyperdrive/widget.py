"""Live progress of a run below a cell, as `RunDetails` shows it."""

import threading
from contextvars import copy_context
from html import escape
from typing import Any

from sweepflow.archive.sweep import Sweep
from sweepflow.azure.hyperdrive.runs import HyperDriveRun
from sweepflow.base.printable import duration, printable
from sweepflow.trials.state import TrialState

_REFRESH_SECONDS = 1.0


class RunDetails:
    """Shows a run while it goes on, and its result when it has ended."""

    def __init__(self, run_instance: Any) -> None:
        self.run = getattr(run_instance, "sweep_run", run_instance)

    def show(self, *_: Any, **__: Any) -> None:
        """Show the run below the cell, and return; what is shown goes on until the run has ended."""
        if not isinstance(self.run, HyperDriveRun):
            print(self.run)
            return
        try:
            from IPython.core.getipython import get_ipython
            from IPython.display import DisplayHandle
        except ImportError:
            get_ipython = None
        if get_ipython is None or get_ipython() is None:
            print(_Details(self.run))
            return
        handle = DisplayHandle()
        handle.display(_Details(self.run))
        # Frontends that run all cells, such as nbconvert, take changes from the running cell only.
        self.run.views.append(lambda: handle.update(_Details(self.run)))
        # The context says to which cell the output belongs.
        context = copy_context()
        threading.Thread(target=context.run, args=(_refresh, handle, self.run), daemon=True).start()

    def get_widget_data(self, *_: Any, **__: Any) -> dict[str, Any]:
        """The details of the run."""
        details: dict[str, Any] = self.run.get_details()
        return details


def _refresh(handle: Any, run: HyperDriveRun) -> None:
    has_ended = False
    while not has_ended:
        has_ended = run.wait(_REFRESH_SECONDS)
        handle.update(_Details(run))


class _Details:
    """The run as it is now, as HTML for a notebook, or as text where HTML is not shown."""

    def __init__(self, run: HyperDriveRun) -> None:
        self._run, self._sweep = run, run.recorded()

    def __repr__(self) -> str:
        return printable(f"{self._run.id}: {self._text()}")

    def _text(self) -> str:
        if self._sweep is None:
            return "nothing was run" if self._run.has_ended else "starting"
        return _counts(self._sweep)

    def _repr_html_(self) -> str:
        if self._sweep is None:
            return f"<div>{escape(repr(self))}</div>"
        n_done, n_total = _done(self._sweep), self._sweep.spec.limits.max_total_trials
        most = n_done if self._run.has_ended else n_total
        bar = f'<progress value="{n_done}" max="{most}" style="width: 20em"></progress>'
        return f"<div>{bar} {escape(printable(_counts(self._sweep)))}{self._sweep._repr_html_()}</div>"


def _done(sweep: Sweep) -> int:
    return sum(row.state.is_final for row in sweep.rows)


def _counts(sweep: Sweep) -> str:
    n_running = sum(row.state is TrialState.RUNNING for row in sweep.rows)
    counts = f"{_done(sweep)}/{sweep.spec.limits.max_total_trials} trials done, {n_running} running"
    return f"{counts}; {duration(sweep.seconds)}"
