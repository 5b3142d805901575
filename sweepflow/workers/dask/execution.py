"""One trial as its worker sees it: asks the flow at each report what to do."""

import queue
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from distributed import Worker

from sweepflow.trials.state import TrialEnd
from sweepflow.workers.dask.messages import Message, topic
from sweepflow.workers.work import Judge, Work

_AGAIN_SECONDS = 2.0
_MOST_UNHEARD = 5
"""How often a message is sent while nothing is heard of the flow: the scheduler keeps them for one that was
stopped."""


class Unwanted(Exception):
    """The flow does not want this trial any more, or is gone; nobody waits for its end."""


class Execution:
    """One run of a trial's task."""

    def __init__(self, worker: Worker, pool: str, key: str, work: Work, heard: Callable[[], float]) -> None:
        """`heard` gives when something was last heard of the flow, as a time of time.monotonic()."""
        self.id = uuid.uuid4().hex
        self.key = key
        self.work = work
        """What is trained here, once it has begun."""
        self._worker = worker
        self._heard = heard
        self._topic = topic(pool)
        self._number = 0
        self._answers: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._is_over = threading.Event()

    @property
    def judge(self) -> Judge:
        """The flow's judge; raises Unwanted like the other questions."""

        def report(metrics: Mapping[str, object]) -> bool:
            return bool(self._ask("report", metrics=dict(metrics))["stop"])

        def trained(metrics: Mapping[str, float]) -> bool:
            return bool(self._ask("trained", metrics=dict(metrics))["keep"])

        return Judge(report, trained)

    def begin(self, *, mirror: str | None) -> list[str]:
        """Ask whether to begin, and how much is left of the sweep's time.

        Gives what the flow has sent to the mirror of this name, which a worker has that does not see the
        sweep's folder; None if it does.
        """
        answer = self._ask("begin", mirror=mirror)
        self.work = self.work._replace(time_left=answer["time_left"])
        return list(answer["roots"])

    def ended(self, end: TrialEnd, files: Sequence[tuple[str, int]] = ()) -> Message:
        """Tell how the trial has ended, and wait until the flow has fetched these files, if there are any.

        Gives the message, which the flow also has as the result of the task, should the event be dropped.
        """
        message = self._message(
            "ended", end=[end.state.value, *end[1:]], files=[list(file) for file in files]
        )
        if files:
            self._until_answered(message)
        elif self._is_over.is_set():
            raise Unwanted
        else:
            self._send(message)
        return message

    def hear(self, answer: Message) -> None:
        """Take an answer of the flow's."""
        self._answers.put(answer)

    def give_up(self) -> None:
        """Raise Unwanted where it waits for an answer, and at all further questions."""
        self._is_over.set()
        self._answers.put({"number": None})

    def _ask(self, kind: str, **content: object) -> Message:
        return self._until_answered(self._message(kind, **content))

    def _message(self, kind: str, **content: object) -> Message:
        self._number += 1
        return {
            "kind": kind,
            "trial": self.key,
            "execution": self.id,
            "number": self._number,
            "worker": self._worker.address,
            **content,
        }

    def _send(self, message: Message) -> None:
        self._worker.log_event(self._topic, message)

    def _until_answered(self, message: Message) -> Message:
        sent, n_unheard = 0.0, 0
        while not self._is_over.is_set():
            if self._heard() > sent:
                n_unheard = 0
            if n_unheard < _MOST_UNHEARD:
                # Dask drops an event without a word while the worker is not connected.
                self._send(message)
                sent, n_unheard = time.monotonic(), n_unheard + 1
            if (answer := self._answer()) is not None:
                if answer.get("is_over"):
                    break
                return answer
        raise Unwanted

    def _answer(self) -> Message | None:
        """The answer to the last message; None if it has not come in time."""
        with suppress(queue.Empty):
            while not self._is_over.is_set():
                answer = self._answers.get(timeout=_AGAIN_SECONDS)
                if answer["number"] == self._number:
                    return answer
        return None
