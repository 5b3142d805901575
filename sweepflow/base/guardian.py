"""A tiny process that ends what this process has started, however this process dies.

A worker dies with its parent by itself; what a trial has started in turn, such as joblib's processes,
does not, and after SIGKILL the parent can end nothing any more.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, cast

_PATIENCE_SECONDS = 2.0

# It leaves when the pipe ends, or when its parent has gone and something else keeps the pipe open.
_SCRIPT = """
import os, select, signal, sys
for name in ("SIGINT", "SIGTERM", "SIGHUP"):
    signal.signal(getattr(signal, name), signal.SIG_IGN)
parent, guarded, unread = int(sys.argv[1]), set(), b""
while True:
    if select.select([0], [], [], 1)[0]:
        chunk = os.read(0, 65536)
        if not chunk:
            break
        *lines, unread = (unread + chunk).split(b"\\n")
        for line in lines:
            change = guarded.add if line[:1] == b"+" else guarded.discard
            change(int(line[1:]))
    elif os.getppid() != parent:
        break
for target in guarded:
    try:
        os.kill(target, signal.SIGKILL)
    except OSError:
        pass
"""


def parent_of_guardian(arguments: Sequence[str]) -> int | None:
    """The process that a guardian started with these arguments serves; None if they are no guardian's."""
    is_guardian = len(arguments) == 6 and arguments[4] == _SCRIPT and arguments[5].isdecimal()
    return int(arguments[5]) if is_guardian else None


class Guardian:
    """Kills what it guards when this process ends; may be called from many threads.

    A target is what `kill` takes: a process ID, or a process group's with a minus before it. Should
    somebody kill the guardian itself, then nothing is guarded, and all else goes on.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            # The parent is named: it may have died before the script can ask who it is.
            [sys.executable, "-I", "-S", "-c", _SCRIPT, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            bufsize=0,
            start_new_session=True,
        )
        self._pipe = cast(IO[bytes], self._process.stdin)  # it was asked to be a pipe
        self._lock = threading.Lock()
        os.set_blocking(self._pipe.fileno(), False)  # a guardian that has been stopped must not stop us

    @property
    def pid(self) -> int:
        """Its process ID."""
        return self._process.pid

    def add(self, target: int) -> None:
        """Guard a process or a group, until it is removed."""
        self._tell(f"+{target}\n")

    def remove(self, target: int) -> None:
        """Guard it no more; it has ended."""
        self._tell(f"-{target}\n")

    def close(self) -> None:
        """End the guardian, and with it what it still guards."""
        with self._lock:
            self._pipe.close()
        try:
            self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _tell(self, line: str) -> None:
        with self._lock, suppress(OSError):  # it has been killed
            if not self._pipe.closed:
                self._pipe.write(line.encode())
