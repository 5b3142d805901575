"""A small process that cleans up after this one, however this one dies: its processes, and its folders.

A worker ends by itself when its parent dies. Processes that a trial starts in turn, such as joblib's, do not,
and after a SIGKILL the parent can no longer end them, nor remove what nobody may find later.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

_PATIENCE_SECONDS = 2.0

# The loop ends when the pipe is closed, or when the parent is gone while another process keeps the pipe open.
_SCRIPT = """
import os, select, signal, sys
for name in ("SIGINT", "SIGTERM", "SIGHUP"):
    signal.signal(getattr(signal, name), signal.SIG_IGN)
parent, guarded, folders, unread = int(sys.argv[1]), set(), [], b""
while True:
    if select.select([0], [], [], 1)[0]:
        chunk = os.read(0, 65536)
        if not chunk:
            break
        *lines, unread = (unread + chunk).split(b"\\n")
        for line in lines:
            if line[:1] == b"/":
                folders.append(bytes.fromhex(line[1:].decode()))
            else:
                change = guarded.add if line[:1] == b"+" else guarded.discard
                change(int(line[1:]))
    elif os.getppid() != parent:
        break
for target in guarded:
    try:
        os.kill(target, signal.SIGKILL)
    except OSError:
        pass
if folders:
    import shutil, time
for folder in folders:
    for _ in range(100):  # what was killed may be about to write there
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.lexists(folder):
            break
        time.sleep(0.05)
"""


def parent_of_guardian(arguments: Sequence[str]) -> int | None:
    """The process that a guardian with these arguments serves; None if these are not a guardian's."""
    is_guardian = len(arguments) == 6 and arguments[4] == _SCRIPT and arguments[5].isdecimal()
    return int(arguments[5]) if is_guardian else None


class Guardian:
    """Kills its targets, and removes its folders, when this process ends; may be called from many threads.

    A target is an argument of `kill`: a process ID, or a process group's ID with a minus before it. If
    somebody kills the guardian itself, nothing is guarded any more, and all else goes on.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            # The script gets the parent's ID: the parent may die before the script could look it up.
            [sys.executable, "-I", "-S", "-c", _SCRIPT, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            bufsize=0,
            start_new_session=True,
        )
        self._pipe = cast(IO[bytes], self._process.stdin)  # stdin=PIPE
        self._lock = threading.Lock()
        os.set_blocking(self._pipe.fileno(), False)  # a guardian that has been stopped must not stop us

    @property
    def pid(self) -> int:
        """Its process ID."""
        return self._process.pid

    def add(self, target: int) -> None:
        """Guard a process or a group, until it is removed."""
        self._send(f"+{target}\n")

    def remove(self, target: int) -> None:
        """Stop guarding a target that has ended."""
        self._send(f"-{target}\n")

    def add_folder(self, folder: Path) -> None:
        """Remove the folder in the end, if it is still there, once the targets have been killed."""
        self._send(f"/{os.fsencode(folder.absolute()).hex()}\n")

    def close(self) -> None:
        """End the guardian, which kills the targets and removes the folders that are left."""
        with self._lock:
            self._pipe.close()
        try:
            self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, line: str) -> None:
        with self._lock, suppress(OSError):  # it has been killed
            if not self._pipe.closed:
                self._pipe.write(line.encode())
