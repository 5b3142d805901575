"""What a trial gets to train with, and what it returns."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from sweepflow.data.prepared import PreparedData
from sweepflow.errors import TrialError
from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import Parameters

OUTPUTS = "outputs"
"""The folder in a trial's own that the user's code writes to; what lies there survives a further attempt."""

Reporter = Callable[[Mapping[str, object]], None]
"""What a trial calls to report: it logs the metrics, and raises TrialTerminated when the trial is to stop."""


class Job(BaseModel):
    """One trial's work, as it is sent to a worker."""

    model_config = ConfigDict(frozen=True)

    parameters: Parameters
    data: PreparedData | None
    objective: Objective
    metrics: tuple[str, ...]
    folds: int | None = None
    seed: int = 0
    """The seed of the folds."""
    gap: int | str = 0
    """What the folds leave out before the rows that they hold out, as `Validation.gap`."""
    threshold: str | None = None
    """The metric by which an estimator's decision threshold is chosen; None: it decides by itself."""
    folder: Path | None = None
    """The trial's own folder, for files beside its model; an earlier attempt may have left files there.
    None where nobody would read them."""
    number: int = 0
    """The trial's number."""
    inputs: dict[str, str] = {}
    """What a command reads: a literal's text, or the absolute path of a file or folder, by name."""
    outputs: dict[str, str] = {}
    """Where a command writes: absolute paths in the trial's own folder, by name."""
    file_outputs: tuple[str, ...] = ()
    """The names of those outputs that are files; the others are folders."""

    @property
    def needed_data(self) -> PreparedData:
        """The data, for a trial that needs it; TrialError if there is none."""
        if self.data is None:
            raise TrialError("the trial needs data, and was given none")
        return self.data

    @property
    def needed_folder(self) -> Path:
        """The trial's own folder, for a trial that needs it; TrialError if it has none."""
        if self.folder is None:
            raise TrialError("the trial needs a folder of its own, and was given none")
        return self.folder

    @property
    def further_metrics(self) -> tuple[str, ...]:
        """The metrics beside the primary one."""
        return tuple(name for name in self.metrics if name != self.objective.primary_metric)


class Trained(NamedTuple):
    """How to make the model that a trial keeps (None if it has none), and its further metrics by name.

    The notes say which of them could not be computed, and why.
    """

    make_model: Callable[[], Any] | None
    metrics: dict[str, float]
    notes: tuple[str, ...] = ()
    costs: Mapping[str, float] = {}
    """What the model costs, by the names of `sweepflow.trials.rows.COSTS`; recorded like further metrics."""

    @property
    def model(self) -> Any:
        """The model itself; None if there is none."""
        return self.make_model() if self.make_model else None
