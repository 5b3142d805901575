"""The process of a command, with everything that it starts: begun, waited for, and ended as a whole."""

import fcntl
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sweepflow.base import warden
from sweepflow.errors import TrialError, TrialLost

GRACE_SECONDS = 4.0
"""How long a command may go on after SIGTERM before it is killed, so that it can save what it has."""

LOCK = "lock"
_PATIENCE_SECONDS = 15.0
"""How long processes that are being killed may take to end."""
_PAUSE_SECONDS = 0.02
_PID_WIDTH = 20


class Process:
    """A command, run by a warden: a process between this one and the command's, which outlives both."""

    def __init__(
        self, shell_and_line: Sequence[str], folder: Path, environment: Mapping[str, str], lock: int
    ) -> None:
        """Start the warden, which takes a moment; the lock is held until all processes are gone."""
        module = Path(warden.__file__)
        self._line, theirs = socket.socketpair()
        with theirs:
            try:
                self._warden = subprocess.Popen(
                    [
                        *(sys.executable, "-I", "-S", "-c", warden.START),
                        *(str(module.parent), *shell_and_line, str(folder), str(GRACE_SECONDS), str(lock)),
                    ],
                    cwd="/",
                    env=environment,
                    stdin=theirs.fileno(),
                    pass_fds=[lock],
                    start_new_session=True,
                )
            except OSError as error:
                self._line.close()
                raise _cannot_start(error.strerror) from None
        os.pwrite(lock, f"{self._warden.pid:<{_PID_WIDTH}}".encode(), 0)

    def start(self) -> None:
        """Start the command in its folder."""
        self._tell(warden.GO)

    def wait(self, seconds: float) -> int | None:
        """The exit code of the command, negative for a signal; None if it still runs after these seconds.

        When it has ended, all that it has started has too. TrialError if it could not be started, TrialLost
        if somebody killed its warden.
        """
        if not select.select([self._line], [], [], seconds)[0]:
            return None
        word, _, text = self._answer().partition(" ")
        self._warden.wait()
        if word == "ended":
            return int(text)
        if word == "failed":
            raise _cannot_start(text)
        self._kill_what_is_left()
        raise TrialLost("the process that guarded the command was killed")

    def end(self) -> None:
        """Ask the command and all that it has started to end, and kill what has not after GRACE_SECONDS."""
        self._tell(warden.END)
        select.select([self._line], [], [], GRACE_SECONDS + _PATIENCE_SECONDS)
        self.close()

    def close(self) -> None:
        """Kill what still runs, and wait for its end."""
        self._line.close()
        try:
            self._warden.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:  # somebody has stopped it
            self._warden.kill()
            self._warden.wait()
        if self._warden.returncode:
            self._kill_what_is_left()

    def _tell(self, word: bytes) -> None:
        try:
            self._line.sendall(word)
        except OSError:
            return  # it is gone, which `wait` shows

    def _answer(self) -> str:
        data = b""
        while not data.endswith(b"\n"):
            try:
                chunk = self._line.recv(1024)
            except ConnectionError:
                chunk = b""
            if not chunk:
                break
            data += chunk
        return data.decode(errors="replace").rstrip("\n")

    def _kill_what_is_left(self) -> None:
        """In a worker, kill what a dead warden leaves: there its orphans are children of this process."""
        if warden.adopts_orphans():
            warden.kill_descendants()


@contextmanager
def locked(trial: Path) -> Iterator[int]:
    """A descriptor that locks the trial's folder, once no process of an earlier attempt is left.

    Whoever inherits it holds the lock too. TrialError if an earlier process does not end.
    """
    descriptor = os.open(trial / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not _try_to_lock(descriptor):
            if time.monotonic() >= deadline:
                raise TrialError(f"a process of an earlier attempt of the trial does not end, see {trial}")
            _wake(descriptor)
            time.sleep(_PAUSE_SECONDS)
        yield descriptor
    finally:
        os.close(descriptor)


def _wake(descriptor: int) -> None:
    """Let the warden that holds the lock go on, in case somebody has stopped it."""
    pid = os.pread(descriptor, _PID_WIDTH, 0).decode(errors="replace").strip()
    if pid.isdecimal():
        with suppress(ProcessLookupError, PermissionError):
            os.kill(int(pid), signal.SIGCONT)


def _try_to_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _cannot_start(reason: str | None) -> TrialError:
    return TrialError(f"the command cannot be started: {reason}")
