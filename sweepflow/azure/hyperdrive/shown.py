"""Runs and their trials as people are shown them."""

from html import escape
from typing import Any, Protocol

from sweepflow.archive.folder import SweepFolder
from sweepflow.archive.sweep import Sweep
from sweepflow.base.printable import printable
from sweepflow.base.settings import home
from sweepflow.result import headline
from sweepflow.trials.rows import RankedRow
from sweepflow.trials.state import TrialState


class Run(Protocol):
    """A run, as far as it is shown."""

    experiment: Any
    id: str
    type: str

    @property
    def status(self) -> str:
        """Its state, in the words of v1."""


class TrialLines:
    """Prints a line for each trial that has ended."""

    def __init__(self) -> None:
        self._shown: set[int] = set()

    def show(self, sweep: Sweep | None) -> None:
        """Print the lines of the trials that have ended since the last call."""
        rows = sorted(sweep.rows, key=lambda row: row.number) if sweep else []
        for row in rows:
            if sweep and row.state.is_final and row.number not in self._shown:
                self._shown.add(row.number)
                print(printable(_line(sweep, row)), flush=True)
                if row.state is TrialState.FAILED:
                    print(f"  log: {SweepFolder(home(), sweep.id).trial_log(row.number)}", flush=True)


def last_line(status: str, sweep: Sweep | None) -> str:
    """How the run ended, in one line."""
    if sweep is None:
        return status
    return printable(f"{status}: {headline(sweep.result, sweep.spec.objective.primary_metric)}")


def run_text(run: Run) -> str:
    """The run as text, as v1 shows it."""
    return f"Run(Experiment: {run.experiment.name},\nId: {run.id},\nType: {run.type},\nStatus: {run.status})"


def run_table(run: Run) -> str:
    """The run as a table for a notebook."""
    cells = {"Experiment": run.experiment.name, "Id": run.id, "Type": run.type, "Status": run.status}
    names = "".join(f"<th>{name}</th>" for name in cells)
    values = "".join(f"<td>{escape(printable(value))}</td>" for value in cells.values())
    return f"<table><tr>{names}</tr><tr>{values}</tr></table>"


def _line(sweep: Sweep, row: RankedRow) -> str:
    drawn = ", ".join(
        f"{n}={v:.5g}" if isinstance(v, float) else f"{n}={v}" for n, v in row.parameters.items()
    )
    metric = sweep.spec.objective.primary_metric
    value = "" if row.ranked_value is None else f", {metric} {row.ranked_value:.6g}"
    reason = f": {row.error}" if row.error else ""
    return f"trial {row.number} {row.state.words}{value} ({drawn}){reason}"
