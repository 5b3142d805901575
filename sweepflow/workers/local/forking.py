"""The process that others are forked from: it imports once what all of them need, and they share its memory.

It runs no trial and no code of the user's, so that nothing of a trial can reach another one, and no thread or
open file of other people's is in it when it forks.
"""

import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import NamedTuple

from sweepflow.base.orphan import die_with
from sweepflow.errors import TrialError
from sweepflow.importing.quickly import importing_quickly
from sweepflow.training.apart import spare_tables
from sweepflow.training.kind import kind_at
from sweepflow.workers.local import calls, child
from sweepflow.workers.local.channel import Message

_MAINS = {"child": child.main, "calls": calls.main}


def main(descriptor: int, parent: int) -> None:
    """Fork a process whenever the parent asks for one, and tell how each has ended; in that, serve."""
    die_with(parent)
    connection = socket.socket(fileno=descriptor)
    lines = connection.makefile("rb", buffering=0)
    setup = json.loads(lines.readline())
    if setup["spares_tables"]:
        spare_tables()
    os.dup2(2, 1)  # what an import prints is not the sweep's answer
    with importing_quickly():  # what it freezes no collection copies into each process by looking at it
        with suppress(TrialError):  # each worker fails in the same way, and says so
            kind_at(setup["kind"]).model_validate(setup["trial"]).warm_up()
        for module in setup["imports"]:
            import_module(module)
    forked = _serve(connection)
    if forked is not None:
        forked.main(forked.descriptor, forked.parent)


class _Fork(NamedTuple):
    """What a forked process does: its main function, its line to the sweep, and its parent."""

    main: Callable[[int, int], None]
    descriptor: int
    parent: int


def _serve(connection: socket.socket) -> _Fork | None:
    """What to do in a process that was forked; None when all is over."""
    waking, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([connection.fileno(), waking], [], [])
        if waking in ready:
            os.read(waking, 4096)
            _tell_of_ended(connection)
        if connection.fileno() in ready:
            _, descriptors, _, _ = socket.recv_fds(connection, 1, 1)
            if not descriptors:
                return None
            me, message = os.getpid(), json.loads(_line(connection))
            if not (pid := _fork(message["environment"])):
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for each in (connection.detach(), waking, woken):
                    os.close(each)
                return _Fork(_MAINS[message["module"]], descriptors[0], me)
            os.close(descriptors[0])
            _tell(connection, {"started": pid, "number": message["number"]})


def _fork(environment: dict[str, str]) -> int:
    """The ID of the new process, which leads a session of its own by then; 0 in that process itself."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        os.read(reading, 1)
    else:
        os.setsid()
        os.environ.clear()
        os.environ.update(environment)
        if numpy := sys.modules.get("numpy"):
            numpy.random.seed()  # each worker has random numbers of its own
        os.close(writing)
    os.close(reading)
    return pid


def _tell_of_ended(connection: socket.socket) -> None:
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            _tell(connection, {"ended": ended[0], "code": os.waitstatus_to_exitcode(ended[1])})


def _tell(connection: socket.socket, message: Message) -> None:
    try:
        connection.sendall(json.dumps(message).encode() + b"\n")
    except OSError:
        os._exit(1)  # the parent is gone, and the workers end with this process


def _line(connection: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        if not (chunk := connection.recv(1)):
            os._exit(1)
        line += chunk
    return line
