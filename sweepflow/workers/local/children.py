"""The processes of one sweep: its workers, and those in which one function is called.

Where possible they are forked from one that has imported what all of them need. That is started as soon as
the spec is known: what reads tables and knows scikit-learn then runs in its children, and the sweep's own
process imports none of it, and keeps no memory of it.
"""

import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from signal import SIGKILL
from typing import ParamSpec, TypeVar

from sweepflow.base import signals
from sweepflow.base.guardian import Guardian
from sweepflow.base.joblib_files import remove_joblib_files
from sweepflow.base.settings import trial_environment
from sweepflow.errors import ChildDied
from sweepflow.importing import safe_path
from sweepflow.importing.user_modules import worker_path
from sweepflow.training.kind import TrialKind, path_of
from sweepflow.workers.local import calls
from sweepflow.workers.local.channel import Message
from sweepflow.workers.local.fork_server import Forked, ForkServer, may_be_forked, may_share
from sweepflow.workers.local.worker import start_fork_server, start_worker

P = ParamSpec("P")
R = TypeVar("R")

_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


class Children:
    """Starts the processes; may be called from many threads.

    Linux kills a child with the *thread* that started it, and those that are forked from it with it.
    """

    def __init__(
        self,
        trial: TrialKind,
        threads: int,
        environment: Mapping[str, str] | None = None,
        imports: Sequence[str] = (),
    ) -> None:
        """The environment, by default this process's, is that of the workers but for what `trial` changes.

        `imports` are modules of ours that functions to call need, beside what trials need.
        """
        self.is_forking = may_be_forked(trial)
        """Whether the workers share what they import."""
        self.guardian = Guardian()
        self.ask_for(trial, threads, environment)
        self.fork_server: ForkServer | None = None
        self._imports = imports
        self._lock = threading.Lock()
        self._is_stopped = False

    def ask_for(self, trial: TrialKind, threads: int, environment: Mapping[str, str] | None = None) -> None:
        """Have workers of these trials from now on, as if they were made for them."""
        self.trial = trial
        self.setup: Message = {
            "kind": path_of(type(trial)),
            "trial": trial.model_dump(mode="json"),
            "spares_tables": False,
        }
        if environment is None:
            environment = {**trial_environment(), **worker_path()[1]}
        environment = trial.environment(environment)
        environment = safe_path.environment_for_trial(environment, runs_programs=trial.runs_programs)
        self.environment = {**environment, **dict.fromkeys(_THREAD_VARIABLES, str(threads))}
        """That of every worker, beside what its slot has."""

    def begin(self) -> None:
        """Start the process that others are forked from, on this thread."""
        self._running_fork_server()

    def spare_tables(self) -> None:
        """Fork from now on from a process that imports nothing which reads tables, and start that.

        Those that were forked before end. A function that is called imports for itself what it needs.
        """
        if not self.setup["spares_tables"]:
            self.setup["spares_tables"], self._imports = True, ()
            with self._lock:
                had, self.fork_server = self.fork_server, None
            if had is not None:
                had.close()
            self.begin()

    def start(self, descriptor: int, environment: Mapping[str, str]) -> subprocess.Popen[bytes] | Forked:
        """A worker with that socket; OSError if it cannot be started."""
        if not self.is_forking:
            return start_worker(descriptor, environment)
        return self._running_fork_server().start(descriptor, environment, "child")

    def call(self, function: Callable[P, R], *arguments: P.args, **options: P.kwargs) -> R:
        """What the function of a module returns in a process of its own; raises what it raises there.

        ChildDied if that process ends before, such as for want of memory, or cannot be started.
        """
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                try:
                    forked = self._running_fork_server().start(theirs.fileno(), _environment(), "calls")
                except OSError as error:
                    raise ChildDied(
                        f"no process can be started to run {function.__name__}: {error}"
                    ) from error
            self.guardian.add(-forked.pid)
            try:
                answer: R = calls.ask(ours, function, arguments, options)
                return answer
            except (EOFError, ConnectionError) as error:
                raise ChildDied(_death(function.__name__, forked.wait())) from error
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(forked.pid, SIGKILL)
                forked.wait()
                remove_joblib_files(forked.pid)
                self.guardian.remove(-forked.pid)

    def stop(self) -> None:
        """End the process that others are forked from, and them with it; none is forked any more."""
        with self._lock:
            self._is_stopped = True
        if self.fork_server is not None:
            self.fork_server.close()

    def close(self) -> None:
        """Stop, and end the guardian, which kills what is left."""
        self.stop()
        self.guardian.close()

    def _running_fork_server(self) -> ForkServer:
        with self._lock:
            if self._is_stopped:
                raise OSError("the sweep has ended")
            if self.fork_server is None or not self.fork_server.is_alive:
                self.fork_server = start_fork_server(
                    self.environment, {**self.setup, "imports": list(self._imports)}, self.guardian
                )
            return self.fork_server


_current: ContextVar[Children | None] = ContextVar("children", default=None)


_ahead: list[Children] = []
"""At most one: what was begun before the spec was known."""


def begin_ahead(trial: TrialKind, imports: Sequence[str]) -> None:
    """Begin what `children_of` will ask for if the trial is as this one, and has one thread."""
    if may_be_forked(trial) and not _ahead:
        _ahead.append(Children(trial, 1, imports=imports))
        _ahead[0].begin()


def _begun_ahead(trial: TrialKind, threads: int) -> Children | None:
    """What was begun ahead, if it has what these trials need; otherwise that ends."""
    children = _ahead.pop() if _ahead else None
    if children is None:
        return None
    if threads == 1 and may_share(trial, children.trial):
        children.ask_for(trial, threads)
        return children
    children.close()
    return None


@contextmanager
def children_of(trial: TrialKind, threads: int, imports: Sequence[str] = ()) -> Iterator[Children | None]:
    """The processes that this block starts for a sweep of these trials; None where none can be forked.

    `imports` are as of `Children`. In a block of the same trial they are those of that block.
    """
    if (current := shared_children(trial)) is not None:
        yield current
        return
    children = _begun_ahead(trial, threads)
    if children is None and may_be_forked(trial):
        children = Children(trial, threads, imports=imports)
    token = _current.set(children)
    try:
        if children is not None:
            children.begin()
        yield children
    finally:
        _current.reset(token)
        if children is not None:
            children.close()


def spare_tables() -> None:
    """Let the processes of the block of `children_of` around this call do without what reads tables.

    To be called on the thread that ends last, while none of them runs.
    """
    if (current := _current.get()) is not None:
        current.spare_tables()


def shared_children(trial: TrialKind) -> Children | None:
    """Those of the block of `children_of` around this call; None if it is for other trials."""
    current = _current.get()
    return current if current is not None and current.trial == trial else None


def in_child(function: Callable[P, R], *arguments: P.args, **options: P.kwargs) -> R:
    """What the function of a module returns, called in a process of its own where one can be forked.

    Raises what it raises, and ChildDied if that process ends before it returns.
    """
    current = _current.get()
    call = function if current is None else partial(current.call, function)
    return call(*arguments, **options)


def _environment() -> dict[str, str]:
    """That of a process in which a function is called: this process's own, with the user's folders."""
    return {**os.environ, **worker_path()[1]}


def _death(name: str, code: int) -> str:
    return f"the process of the sweep that ran {name} {signals.end_in_words(code)}"
