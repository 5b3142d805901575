"""A process that runs one command, and ends it together with every process that it has started.

On Linux these are found even if they hide: in a session of their own, or without a parent. Elsewhere they are
the command's process group. The warden ends them when it is told to, when the command ends, and when the one
that it serves is gone, however that has died.

It must start fast: it runs without the package, and imports only what is light.
"""

import ctypes
import os
import select
import signal
import sys
import time

START = "import sys; sys.path.append(sys.argv.pop(1)); import warden; warden.main()"
"""The program of a warden. Its arguments: this file's folder, the shell, the command, the working directory,
the seconds between SIGTERM and SIGKILL, and the descriptors that it keeps open, but not for the command."""

GO, END = b"g", b"e"
"""What it is told over its standard input, a socket: to start the command, and to end it.

It answers with a line: `ended` and the exit code, negative for a signal, or `failed` and why the command
could not be started."""

LEFTOVER_SECONDS = 1.0
"""How long processes may go on that the command has left behind, such as the `tee` of `> >(tee log)`."""

_PR_SET_CHILD_SUBREAPER, _PR_GET_CHILD_SUBREAPER = 36, 37
_KILLING_SECONDS = 10.0
_KILLING_PAUSE = 0.02
_IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_OWN_INPUT = 0

Table = dict[int, tuple[int, int]]
"""The parent and the process group of each process."""


def main() -> None:
    """Run the command that the arguments name."""
    shell, line, folder, grace, *kept = sys.argv[1:]
    for descriptor in kept:
        os.set_inheritable(int(descriptor), False)
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    adopt_orphans()
    alarm = _alarm()
    if os.read(_OWN_INPUT, 1) != GO:
        return
    try:
        os.chdir(folder)
        command = _start(shell, line)
    except OSError as error:
        _answer(f"failed {error.strerror}")
        return
    os.chdir("/")
    _be_spared()
    code = _watch(command, alarm, float(grace))
    _answer(f"ended {code}")


def adopt_orphans() -> None:
    """Make this process the parent of its descendants' orphans, where the system can do that."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def adopts_orphans() -> bool:
    """Whether this process is the parent of its descendants' orphans."""
    answer = ctypes.c_int(0)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_GET_CHILD_SUBREAPER, ctypes.byref(answer), 0, 0, 0)
    return bool(answer.value)


def table() -> Table:
    """All processes of the system; empty if it has no /proc."""
    processes: Table = {}
    if not os.path.isdir("/proc/self"):  # noqa: PTH112  pathlib is slow to import
        return processes
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
                    # The name, in parentheses, may hold anything.
                    fields = file.read().rpartition(b")")[2].split()
            except OSError:
                continue  # it has ended
            processes[int(name)] = (int(fields[1]), int(fields[2]))
    return processes


def tree(root: int, processes: Table) -> set[int]:
    """The processes in the group of this ID, and all that have this process or one of those above them."""
    children: dict[int, list[int]] = {}
    for pid, (parent, _) in processes.items():
        children.setdefault(parent, []).append(pid)
    found: set[int] = set()
    remaining = [root, *(pid for pid, (_, group) in processes.items() if group == root)]
    while remaining:
        pid = remaining.pop()
        if pid in processes and pid not in found:
            found.add(pid)
            remaining += children.get(pid, ())
    return found


def kill_descendants(codes: dict[int, int] | None = None) -> None:
    """Kill every process below this one, and wait for their ends; gives up on one that cannot be killed."""
    deadline = time.monotonic() + _KILLING_SECONDS
    while _reap(codes) and time.monotonic() < deadline:
        descendants, processes = _descendants()
        # Whole groups: a process that forks on and on does not escape that way.
        for group in {processes[pid][1] for pid in descendants} - {os.getpgrp()}:
            _send(-group, signal.SIGKILL)
        for pid in descendants:
            _send(pid, signal.SIGKILL)
        time.sleep(_KILLING_PAUSE)


def _descendants() -> tuple[set[int], Table]:
    processes = table()
    return tree(os.getpid(), processes) - {os.getpid()}, processes


def _start(shell: str, line: str) -> int:
    return os.posix_spawn(
        shell,
        [shell.rpartition("/")[2], "-c", line],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
        setpgroup=0,
        setsigmask=[],
        setsigdef=[*_IGNORED, signal.SIGPIPE, signal.SIGXFSZ],  # Python ignores the last two
    )


def _be_spared() -> None:
    """Let the system rather kill the command when memory runs out."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123
            file.write("0")
    except OSError:
        return  # not every container allows it, and other systems have no such file


def _alarm() -> int:
    """A descriptor that can be read whenever a child has ended."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return reading


def _watch(command: int, alarm: int, grace: float) -> int:
    """Wait until the command and all that it has started are gone; gives its exit code."""
    codes: dict[int, int] = {}
    sources, deadline = [alarm, _OWN_INPUT], float("inf")
    while _reap(codes):
        now = time.monotonic()
        if command in codes and _OWN_INPUT in sources:
            deadline = min(deadline, now + LEFTOVER_SECONDS)
        if now >= deadline:
            break
        ready = select.select(sources, [], [], min(deadline - now, 3600.0))[0]
        if alarm in ready:
            os.read(alarm, 4096)
        if _OWN_INPUT in ready:
            sources.remove(_OWN_INPUT)
            deadline = _told(command, grace)
    if sys.platform != "linux":
        _send(-command, signal.SIGKILL)
    kill_descendants(codes)
    return codes.get(command, -signal.SIGKILL)


def _told(command: int, grace: float) -> float:
    """Begin to end the command; gives when to kill it."""
    try:
        is_told = os.read(_OWN_INPUT, 1) == END
    except OSError:
        is_told = False
    if not is_told:
        return 0.0
    # Once to each: many a program takes a second SIGTERM for a sign of impatience.
    descendants, processes = _descendants()
    for target in descendants if processes else {-command}:
        _send(target, signal.SIGTERM)
    return time.monotonic() + grace


def _reap(codes: dict[int, int] | None = None) -> bool:
    """Take the exit codes of the children that have ended; returns whether any are left."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if not pid:
            return True
        if codes is not None:
            codes[pid] = os.waitstatus_to_exitcode(status)


def _send(target: int, number: int) -> None:
    try:
        os.kill(target, number)
    except OSError:
        return  # it has ended, or belongs to another user


def _answer(text: str) -> None:
    try:
        os.write(_OWN_INPUT, text.encode() + b"\n")
    except OSError:
        return  # nobody listens any more
