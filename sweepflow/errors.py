"""The errors that Sweepflow raises on purpose; the errors of one subject are defined in its package.

SweepflowError
├── SpecError        the spec is wrong; raised before anything runs
├── DataError        the data cannot be used; raised before any trial
├── ConstraintError  the constraints leave nothing to try, or cannot be decided
├── LedgerError      the ledger cannot be reached or used
├── TrialError       one trial failed; the sweep goes on
├── TrialLost        a TrialError: the system has ended what the trial ran, which may run again
├── ChildDied        a process of the sweep has ended without an answer
├── SweepBusy        another process runs the sweep
├── SweepFailed      no model can be selected
├── ModelError       a model cannot be written, or its file must not be loaded
├── NotWritable      a part of a model cannot be written
├── AnswerError      a model predicts other values than the target's
├── OwnMetricError   a metric of the user's own cannot be used
├── GateError        two models cannot be compared
├── RegistryError    the registry has no such model, or cannot do what was requested
├── ProbeError       a probe cannot judge the model in use
├── TrackingError    MLflow cannot be reached or used
├── ServerLost       Prefect's server no longer answers
├── SchedulerLost    a Dask cluster does not answer, or no longer
├── ClusterUnfit     the machines of a Dask cluster lack what the trials need
├── NotebookError    a notebook for the Azure SDK v1 asks for what cannot be done here
├── CloudOnly        a NotebookError: it exists only in Azure's cloud
└── NotHere          a NotebookError: a run has no such method or value here

TrialTerminated (a BaseException) ends a trainer whose trial the early termination policy has stopped.
"""

from typing import NamedTuple

from sweepflow.base.credentials import without_secrets
from sweepflow.base.printable import printable


class SweepflowError(Exception):
    """Base of all errors that are meant for the user: one sentence each, safe to print as it is."""

    def __str__(self) -> str:
        return printable(super().__str__())

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the message alone."""
        return [str(self)]


class Problem(NamedTuple):
    """One mistake: where it is in the spec (`search_space.lr.min_value`) and what is wrong with it."""

    path: str
    message: str


class SpecError(SweepflowError):
    """The spec has these problems; all of them are reported at once."""

    def __init__(self, problems: list[Problem]) -> None:
        safe_problems = [Problem(path, without_secrets(message)) for path, message in problems]
        super().__init__(safe_problems)
        self.problems = safe_problems

    def __str__(self) -> str:
        lines = (f"{path}: {message}" if path else message for path, message in self.problems)
        return "\n".join(map(printable, lines))


class DataError(SweepflowError):
    """The data has this problem; `path` is the field of the spec that names the data (`data.target`)."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(path, without_secrets(message))
        self.path = path
        self.message = without_secrets(message)

    def __str__(self) -> str:
        return printable(f"{self.path}: {self.message}")


class ConstraintError(SweepflowError):
    """A constraint cannot be decided, or the constraints leave nothing to try."""


class LedgerError(SweepflowError):
    """The ledger cannot be reached or used; the message never holds its password."""


class TrialError(SweepflowError):
    """One trial cannot go on; the message becomes its reason."""


class TrialLost(TrialError):
    """The system has ended what a trial ran, whose code is not to blame: the trial may run again."""


class ChildDied(SweepflowError):
    """A process that the sweep has asked for something has ended without an answer; the message says how."""


class SweepBusy(SweepflowError):
    """Another process runs the sweep; the message says which."""


class SweepFailed(SweepflowError):
    """The sweep ended without a model; the message says why."""


class TrialTerminated(BaseException):
    """Raised by `report` in a trainer when the early termination policy stops the trial.

    Not an `Exception`: a trainer's `except Exception` must not swallow it.
    """


def in_one_line(error: BaseException) -> str:
    """The error's message in one line; the name of its type if it has no message."""
    return " ".join(str(error).split()) or type(error).__name__
