"""The folder of one sweep: where its files lie, and who may write to it."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sweepflow.base.files import private_folder, replacing
from sweepflow.base.folders import copy_folder, remove_folder
from sweepflow.data.prepared import PreparedData, arrays_folder, read_prepared
from sweepflow.errors import SweepBusy
from sweepflow.training.job import OUTPUTS

SPEC = "spec.yml"
LEADERBOARD = "leaderboard.parquet"
METRICS = "metrics.parquet"
MODEL = "model.skops"
MODEL_CARD = "model-card.md"
REPORT_PAGE = "report.html"

RESULT_FILES = (SPEC, LEADERBOARD, METRICS, MODEL, MODEL_CARD, REPORT_PAGE)
"""The files of a sweep's result, which lie in its folder once it has completed."""

BEST = "best"
"""The folder of what the best trial has written, if it has written anything."""

TRIALS = "trials"
WORKERS_LOG = "workers.log"

_LOCK = "lock"


@dataclass(frozen=True)
class SweepFolder:
    """Where the files of one sweep lie; there is no folder before `create`."""

    home: Path
    sweep_id: str

    @property
    def path(self) -> Path:
        """The folder itself."""
        return self.home / "sweeps" / self.sweep_id

    def create(self) -> Self:
        """Create the folder, which only its owner can read, unless it exists; returns this object."""
        private_folder(self.path / TRIALS)
        return self

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Create the folder, and keep other processes from running the sweep; SweepBusy if one does.

        The system releases the lock when the process dies, however it dies.
        """
        path = self.create().path / _LOCK
        path.touch(mode=0o600)
        with path.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                file.seek(0)
                raise SweepBusy(
                    f"the sweep '{self.sweep_id}' is being run by process {file.read() or 'unknown'}: "
                    "wait until it has ended, or stop it"
                ) from error
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def keep(self, data: PreparedData) -> PreparedData:
        """Link or copy the prepared files into this folder; returns the data that lies here."""
        own = private_folder(self.path / "data")
        for file in Path(data.folder).iterdir():
            if file.is_file():  # no folder of what trials have made of the data
                _link(file, own / file.name)
        return data.model_copy(update={"folder": str(own)})

    def data(self) -> PreparedData | None:
        """The data that was put here by `keep`; None if it is missing or not complete."""
        return read_prepared(self.path / "data")

    def drop_arrays(self) -> None:
        """Delete what the preprocessing of trials has made of the data; who needs it makes it again."""
        remove_folder(arrays_folder(self.path / "data"))

    def trial(self, number: int) -> Path:
        """The folder of one trial."""
        return self.path / TRIALS / f"{number:04d}"

    def trial_log(self, number: int) -> Path:
        """What the trial printed."""
        return self.trial(number) / "log.txt"

    def trial_outputs(self, number: int) -> Path:
        """What the trial's own code has written; it stays when the trial runs again."""
        return self.trial(number) / OUTPUTS

    def trial_model(self, number: int) -> Path:
        """The trial's model, if it was the best when it ended."""
        return self.trial(number) / MODEL

    def keep_best(self, number: int) -> None:
        """Copy what this trial has written to `best`, in the place of what is there.

        Links that leave the folder are left out.
        """
        outputs = self.trial(number) / OUTPUTS
        partial, target = self.path / f"{BEST}.partial", self.path / BEST
        remove_folder(partial)
        if outputs.is_dir() and not outputs.is_symlink() and any(outputs.iterdir()):
            copy_folder(outputs, partial, keeps_outside_links=False)
        remove_folder(target)
        if partial.exists():
            partial.rename(target)

    @property
    def best_files(self) -> list[str]:
        """The paths of the files in `best`, relative to it."""
        folder = self.path / BEST
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())

    @property
    def is_locked(self) -> bool:
        """Whether a process on this machine runs the sweep."""
        try:
            with (self.path / _LOCK).open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:  # there is no lock file, or none that we may read
            return False
        return False


def _link(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except FileExistsError:
        return
    except OSError:  # another file system, or one without links
        with replacing(target) as partial:
            shutil.copyfile(file, partial)
