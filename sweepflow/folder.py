"""The folder of one sweep: where its files lie, and who may write to it."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sweepflow.data import PreparedData, read_prepared
from sweepflow.errors import SweepBusy
from sweepflow.files import private_folder, replacing


class SweepFolder:
    """Where the files of one sweep lie; only its owner can read them."""

    def __init__(self, home: Path, sweep_id: str) -> None:
        self.path = home / "sweeps" / sweep_id
        for folder in (home, home / "sweeps", self.path, self.path / "trials"):
            private_folder(folder)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from running the sweep; SweepBusy if one does.

        The system takes the lock back when the process dies, however it dies.
        """
        path = self.path / "lock"
        path.touch(mode=0o600)
        with path.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                file.seek(0)
                raise SweepBusy(
                    f"the sweep '{self.path.name}' is being run by process {file.read() or 'unknown'}: "
                    "wait until it has ended, or stop it"
                ) from error
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def keep(self, data: PreparedData) -> PreparedData:
        """The data as files of this sweep: hard links to the prepared ones, or copies of them."""
        own = private_folder(self.path / "data")
        for file in Path(data.folder).iterdir():
            _link(file, own / file.name)
        return data.model_copy(update={"folder": str(own)})

    def data(self) -> PreparedData | None:
        """The data that it keeps; None if it does not, or not all of them."""
        return read_prepared(self.path / "data")

    def trial(self, number: int) -> Path:
        """The folder of one trial."""
        return self.path / "trials" / f"{number:04d}"

    def trial_log(self, number: int) -> Path:
        """What the trial printed."""
        return self.trial(number) / "log.txt"

    def trial_model(self, number: int) -> Path:
        """The trial's model, if it was the best when it ended."""
        return self.trial(number) / "model.skops"


def is_held(folder: Path) -> bool:
    """Whether a process on this machine runs the sweep whose folder it is."""
    try:
        with (folder / "lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # it has no lock, or none that we may see
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
