"""The runs of HyperDrive: a sweep, and its trials as its children."""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sweepflow.archive.sweep import Sweep
from sweepflow.azure.hyperdrive import records
from sweepflow.azure.hyperdrive.child import ChildRun
from sweepflow.azure.hyperdrive.process import SweepProcess
from sweepflow.azure.hyperdrive.refusal import NotebookError, not_here
from sweepflow.azure.hyperdrive.shown import TrialLines, last_line, run_table, run_text
from sweepflow.base.printable import printable
from sweepflow.base.settings import cores, home
from sweepflow.errors import SweepFailed
from sweepflow.spec.spec import Spec
from sweepflow.trials.rows import RankedRow

_POLL_SECONDS = 0.5

_started: dict[str, SweepProcess] = {}
"""The sweeps that this process has started, by the IDs of their runs."""


def submit(
    fields: Mapping[str, Any], experiment: Any, tags: Mapping[str, str] | None = None, *, prefix: str = "HD"
) -> "HyperDriveRun":
    """Start the sweep of these fields in a process of its own; SpecError if they are wrong.

    The run's ID begins with the prefix.
    """
    run_id = f"{prefix}_{uuid.uuid4()}"
    labels = {"name": run_id, "experiment_name": experiment.name, "display_name": experiment.name}
    fields = {**fields, **labels, "tags": {name: str(value) for name, value in (tags or {}).items()}}
    for notice in Spec.checked(fields, is_trusted=True).notices(cores()):
        print(f"note: {printable(notice)}")
    _started[run_id] = SweepProcess(dict(fields), home() / "azure" / "submitted" / run_id)
    return HyperDriveRun(experiment, run_id)


def find_run(experiment: Any, run_id: str) -> "HyperDriveRun | ChildRun | None":
    """The run or the child of this ID; None if none is on record, and none was started here."""
    if run_id in _started or records.find_sweep_id(run_id):
        return HyperDriveRun(experiment, run_id)
    parent_id, _, number = run_id.rpartition("_")
    if not number.isdecimal() or not (parent_id in _started or records.find_sweep_id(parent_id)):
        return None
    children = HyperDriveRun(experiment, parent_id).get_children()
    return next((child for child in children if child.id == run_id), None)


class HyperDriveRun:
    """A sweep under the ID with which it was submitted.

    What asks for a result waits until the sweep has ended; an interrupt of a wait stops the sweep.
    """

    type = "hyperdrive"

    def __init__(self, experiment: Any, run_id: str, hyperdrive_config: Any = None, **_: Any) -> None:
        self.experiment = experiment
        self.id = run_id
        self.hyperdrive_config = hyperdrive_config
        self.views: list[Callable[[], None]] = []
        """Called while somebody waits for the run, to redraw what shows it."""
        self._process = _started.get(run_id)
        self._sweep_id: str | None = None

    @property
    def has_ended(self) -> bool:
        """Whether the sweep has ended, one way or another."""
        if self._process is not None:
            return self._process.has_ended
        sweep = self.recorded()
        return sweep is None or not records.is_alive(sweep)

    def recorded(self) -> Sweep | None:
        """The sweep as it is on record now; None as long as it has not begun."""
        self._sweep_id = self._sweep_id or records.find_sweep_id(self.id)
        return records.read(self._sweep_id) if self._sweep_id else None

    def get_status(self) -> str:
        """The state now, in the words of v1."""
        sweep = self.recorded()
        if sweep is not None:
            return records.status(sweep)
        if self._process is not None and self._process.was_stopped:
            return "Canceled"
        return "Failed" if self.has_ended else "Preparing"

    @property
    def status(self) -> str:
        """The state now, in the words of v1."""
        return self.get_status()

    def wait_for_completion(
        self,
        show_output: bool = False,
        wait_post_processing: bool = False,  # noqa: ARG002  there is none
        raise_on_error: bool = True,
    ) -> dict[str, Any]:
        """Wait until the sweep has ended; its details. SweepFailed with the reason if it has failed.

        With `show_output`, a line is printed for each trial that has ended.
        """
        lines = TrialLines() if show_output else None
        if lines:
            print(f"RunId: {self.id}")
        try:
            while not self.wait(_POLL_SECONDS):
                self._redraw(lines)
        except KeyboardInterrupt:
            self.cancel()
            self._redraw(lines)
            print(self._how_to_go_on())
            raise
        self._redraw(lines)
        if lines:
            print(last_line(self.get_status(), self.recorded()))
        if raise_on_error:
            self.raise_failure()
        return self.get_details()

    def _redraw(self, lines: TrialLines | None) -> None:
        for redraw in self.views:
            redraw()
        if lines:
            lines.show(self.recorded())

    def cancel(self) -> bool:
        """Stop the sweep and its processes; it can be resumed. Whether it was running."""
        if self._process is None or self._process.has_ended:
            return False
        self._process.stop()
        return True

    def get_details(self) -> dict[str, Any]:
        """What v1 has as the details of a run, as far as it is known here."""
        sweep = self.recorded()
        details = {
            "runId": self.id,
            "target": "local",
            "status": self.get_status(),
            "properties": self.properties,
        }
        if sweep is None:
            return details
        times = {
            "startTimeUtc": sweep.started.isoformat(),
            "endTimeUtc": sweep.ended and sweep.ended.isoformat(),
        }
        return {**details, **times, "sweepflow": sweep.id, "logFiles": {}}

    @property
    def properties(self) -> dict[str, str]:
        """The primary metric; once the sweep has ended, its best child and the score too."""
        sweep = self.recorded()
        if sweep is None or sweep.best is None:
            return {}
        return {"score": str(sweep.best.value), "best_child_run_id": f"{self.id}_{sweep.best.number}"}

    def get_properties(self) -> dict[str, str]:
        """The same as `properties`."""
        return self.properties

    @property
    def tags(self) -> dict[str, str]:
        """The tags that it was submitted with."""
        sweep = self.recorded()
        return dict(sweep.spec.tags) if sweep else {}

    def get_tags(self) -> dict[str, str]:
        """The same as `tags`."""
        return self.tags

    def get_children(self, *_: Any, **__: Any) -> Iterator[ChildRun]:
        """The children, the latest first."""
        sweep = self._ended()
        rows = sorted(sweep.rows, key=lambda row: row.number, reverse=True)
        return iter([ChildRun(self, sweep, row) for row in rows])

    def get_children_sorted_by_primary_metric(
        self, top: int = 0, reverse: bool = False, discard_no_metric: bool = False
    ) -> list[dict[str, Any]]:
        """The ID, parameters, best value and status of each child, the best first; `top` 0 gives all.

        Children without a value come last, or not at all; `reverse` turns the order of the others.
        """
        sweep = self._ended()
        ranked = [row for row in sweep.rows if row.ranked_value is not None]
        others = [] if discard_no_metric else [row for row in sweep.rows if row.ranked_value is None]
        children = [*(ranked[::-1] if reverse else ranked), *others]
        return [self._child_record(sweep, row) for row in (children[:top] if top > 0 else children)]

    def _child_record(self, sweep: Sweep, row: RankedRow) -> dict[str, Any]:
        return {
            "run_id": f"{self.id}_{row.number}",
            "hyperparameters": records.as_json(records.hyperparameters(sweep, row)),
            "best_primary_metric": row.ranked_value,
            "status": records.child_status(row),
        }

    def get_best_run_by_primary_metric(self, *_: Any, **__: Any) -> ChildRun | None:
        """The best child; None if no child has a value, SweepFailed if the sweep has failed for that."""
        sweep = self._ended()
        if sweep.best is None:
            self.raise_failure()
            return None
        return ChildRun(self, sweep, sweep.rows[0])

    def get_metrics(self, *_: Any, **__: Any) -> dict[str, dict[str, Any]]:
        """What each child logged, by its ID."""
        sweep = self._ended()
        return {f"{self.id}_{row.number}": records.metrics(sweep, row.number) for row in sweep.rows}

    def get_hyperparameters(self) -> dict[str, str]:
        """What each child drew, as JSON, by its ID."""
        sweep = self._ended()
        texts = {row.number: records.as_json(records.hyperparameters(sweep, row)) for row in sweep.rows}
        return {f"{self.id}_{number}": texts[number] for number in sorted(texts)}

    def _ended(self) -> Sweep:
        """The sweep, once it has ended; an error if nothing of it is on record."""
        self.wait_for_completion(raise_on_error=False)
        sweep = self.recorded()
        if sweep is None:
            self.raise_failure()
            if self._process is not None:
                raise NotebookError(f"run '{self.id}' was canceled before its first trial")
            raise NotebookError(
                f"there is no run '{self.id}' on record: `sweepflow list` shows the sweeps there are"
            )
        return sweep

    def wait(self, seconds: float) -> bool:
        """Wait so long at most; whether the sweep has ended."""
        if self._process is not None:
            return self._process.wait(seconds)
        if not self.has_ended:  # another kernel, or `sweepflow resume`, runs it
            time.sleep(seconds)
        return self.has_ended

    def _how_to_go_on(self) -> str:
        sweep = self.recorded()
        return (
            f"interrupted; to go on: sweepflow resume {sweep.id}" if sweep else "interrupted; nothing was run"
        )

    def raise_failure(self) -> None:
        """Raise what has ended the sweep, if it has failed and was started here."""
        if self._process is None:
            return
        answer = self._process.answer()
        if errors := answer.get("errors"):
            raise NotebookError("; ".join(filter(None, (error.get("message") for error in errors))))
        if answer.get("state") == "failed":
            raise SweepFailed(str(answer.get("error")))

    def __reduce__(self) -> Any:
        """Pickled as its ID, since notebooks dump runs where they mean models."""
        return HyperDriveRun, (self.experiment, self.id)

    def __getattr__(self, name: str) -> Any:
        raise not_here(self, name)

    def __repr__(self) -> str:
        return run_text(self)

    def _repr_html_(self) -> str:
        return run_table(self)
