"""One trial as the flow sees it: answers its messages, and decides how it ended."""

import queue
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sweepflow.trials.state import TrialEnd, TrialState
from sweepflow.workers.dask.lost import Misplaced, SchedulerLost
from sweepflow.workers.dask.messages import OVER, Message
from sweepflow.workers.ends import model_lost, no_worker, out_of_time, stopped
from sweepflow.workers.work import GRACE_SECONDS, Judge, Work

_MARGIN_SECONDS = 10.0
"""How long the worker may take, beyond the grace, to end a trial by itself."""


class Transport(NamedTuple):
    """How answers and files come to a worker, and files back."""

    answer: Callable[[Message, Message], None]
    """Sends an answer, the second argument, to the message that is the first."""
    deliver: Callable[[str, str, Work], list[str]]
    """Sends a worker, to its mirror of this name, what the work needs of the flow's files.

    Gives their roots; OSError if that fails.
    """
    collect: Callable[[str, Sequence[tuple[str, int]], Work], None]
    """Fetches these files, which the work has left on the worker; OSError if that fails."""


class _FilesLost(Exception):
    """Files could not be sent to a worker, or fetched from it."""


class RemoteTrial:
    """The flow's side of one trial; other threads may call what is not `until_end`."""

    def __init__(self, work: Work, judge: Judge, deadline: float | None, transport: Transport) -> None:
        self._work = work
        self._judge = judge
        self._deadline = deadline
        self._transport = transport
        self._answer = transport.answer
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._begin: Message | None = None
        self._began = time.monotonic()
        self._answered: tuple[int, Message] = (0, {})
        self._has_stopped = self._has_trained = self._is_pool_stopped = False
        self.has_ended = False
        """Whether its worker has told the end, after which its task does nothing more."""
        self._latest = deadline

    def hear(self, message: Message) -> None:
        """Take a message of a worker's."""
        self.has_ended = self.has_ended or message["kind"] == "ended"
        self._inbox.put(message)

    def worker_is_gone(self, address: str) -> None:
        """Note that the cluster has lost this worker, whichever it is."""
        self._inbox.put({"kind": "gone", "worker": address})

    def task_is_over(self, cause: str) -> None:
        """Note that Dask does not run its task any more, and why."""
        self._inbox.put({"kind": "over", "cause": cause})

    def is_misplaced(self) -> None:
        """Note that the workers that its task may go to cannot train it; nothing once it has begun."""
        self._inbox.put({"kind": "misplaced"})

    def scheduler_is_lost(self, error: SchedulerLost) -> None:
        """Note that no message will come any more: `until_end` raises this."""
        self._inbox.put({"kind": "lost", "error": error})

    def stop(self) -> None:
        """Note that the pool was stopped."""
        self._inbox.put({"kind": "stop"})

    def until_end(self) -> TrialEnd:
        """Answer the worker until the trial has ended; raises what the judge raises.

        Misplaced if its task cannot begin: the trial needs another task, and another one of these.
        """
        while True:
            message = self._next()
            end = self._late() if message is None else self._take(message)
            if end is not None:
                return end

    def _next(self) -> Message | None:
        try:
            wait = None if self._latest is None else max(0.0, self._latest - time.monotonic())
            return self._inbox.get(timeout=wait)
        except queue.Empty:
            return None

    def _take(self, message: Message) -> TrialEnd | None:
        kind = message["kind"]
        if kind == "gone":
            is_ours = self._begin is not None and message["worker"] == self._begin["worker"]
            return self._lost(f"the worker {message['worker']} is gone") if is_ours else None
        if kind == "over":
            return self._lost(message["cause"])
        if kind == "misplaced":
            if self._begin is None and not self._is_pool_stopped:
                raise Misplaced
            return None
        if kind == "stop":
            return self._stop()
        if kind == "lost":
            raise message["error"]
        return self._reply(message)

    def _reply(self, message: Message) -> TrialEnd | None:
        if self._begin is None and message["kind"] == "begin" and not self._is_pool_stopped:
            self._begin, self._began = message, time.monotonic()
            if self._deadline is not None:  # from now on the worker keeps it
                self._latest = self._deadline + self._work.grace + _MARGIN_SECONDS
        if self._begin is None or message["execution"] != self._begin["execution"]:
            self._answer(message, OVER)
            is_second = self._begin is not None and message["kind"] == "begin"
            return self._lost("Dask has started it a second time") if is_second else None
        number, answer = self._answered
        if message["number"] > number:
            try:
                answer = self._decide(message)
            except _FilesLost as error:
                return self._lost(str(error))
            self._answered = (message["number"], answer)
        is_end = message["kind"] == "ended"
        if message["number"] >= number and not (is_end and not message["files"]):
            self._answer(message, answer)
        return _end_of(message["end"]) if is_end else None

    def _decide(self, message: Message) -> Message:
        """The answer to a message that has come for the first time."""
        try:
            if message["kind"] == "begin":
                mirror = message["mirror"]
                roots = [] if mirror is None else self._deliver(message["worker"], mirror)
                left = None if self._deadline is None else self._deadline - time.monotonic()
                return {"time_left": left, "roots": roots}
            if message["kind"] == "report":
                stop = self._judge.report(message["metrics"])
                self._has_stopped = self._has_stopped or stop
                return {"stop": stop}
            if message["kind"] == "trained":
                self._has_trained = True
                return {"keep": self._judge.trained(message["metrics"])}
            self._collect(message["worker"], message["files"])
        except BaseException:
            self._answer(message, OVER)
            raise
        return {}

    def _deliver(self, worker: str, mirror: str) -> list[str]:
        try:
            return self._transport.deliver(worker, mirror, self._work)
        except OSError as error:
            raise _FilesLost(f"the worker {worker} could not be sent what it needs: {error}") from error

    def _collect(self, worker: str, files: Sequence[tuple[str, int]]) -> None:
        try:
            self._transport.collect(worker, files, self._work)
        except OSError as error:
            raise _FilesLost(f"what it has left on {worker} could not be fetched: {error}") from error

    def _stop(self) -> TrialEnd | None:
        self._is_pool_stopped = True
        self._latest = time.monotonic() + GRACE_SECONDS + _MARGIN_SECONDS
        return stopped(None) if self._begin is None else None

    def _late(self) -> TrialEnd:
        """The end of a trial of which nothing was heard in time."""
        return stopped(self._seconds) if self._is_pool_stopped else out_of_time(self._seconds)

    def _lost(self, cause: str) -> TrialEnd:
        """The end of a trial that the cluster has lost."""
        if self._is_pool_stopped:
            return stopped(self._seconds)
        if self._seconds is None:
            return no_worker(cause)
        if self._has_trained:
            return TrialEnd(TrialState.COMPLETED, model_lost(cause), self._seconds, is_lost=True)
        if self._has_stopped:
            return TrialEnd(TrialState.COMPLETED, None, self._seconds)
        return TrialEnd(TrialState.FAILED, cause, self._seconds, is_lost=True)

    @property
    def _seconds(self) -> float | None:
        return None if self._begin is None else time.monotonic() - self._began


def _end_of(fields: Sequence[Any]) -> TrialEnd:
    state, *others = fields
    return TrialEnd(TrialState(state), *others)
