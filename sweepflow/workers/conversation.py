"""What the sweep and a worker say to each other about one trial."""

import time
from collections.abc import Mapping

from sweepflow.trial import TrialEnd, TrialState
from sweepflow.workers.channel import Message
from sweepflow.workers.work import Judge, Work, model_lost
from sweepflow.workers.worker import GRACE_SECONDS, Worker

_OVER = "the sweep's timeout was over"


def supervise(worker: Worker, work: Work, judge: Judge) -> TrialEnd:
    """Have the worker train, however long it takes, and tell how that ended; a late one is killed.

    Once the sweep's time is over, a trial that reports may still stop at its next report and keep its model,
    or save the model that it has trained, if that is a matter of seconds.
    """
    started = time.monotonic()
    conversation = None
    try:
        if not worker.wait_until_ready(work.deadline):
            return _no_worker(worker.death().cause)
        started = time.monotonic()
        worker.begin(work)
        conversation = _Conversation(worker, work, judge, started)
        return conversation.until_end()
    except TimeoutError:
        worker.kill()
        if conversation is not None and conversation.has_trained:
            return conversation.ended(model_lost("there was no time left to save it"))
        if work.is_over():
            return TrialEnd(TrialState.CANCELED, _OVER, time.monotonic() - started)
        if not worker.is_ready:
            return _no_worker(f"its process was not ready after {time.monotonic() - started:.0f} s")
        reason = f"killed after its timeout of {work.timeout:g} s"
        return TrialEnd(TrialState.TIMED_OUT, reason, time.monotonic() - started)
    finally:
        worker.finish()


def _no_worker(cause: str) -> TrialEnd:
    """The end of a trial that no process has seen, so that its parameters cannot be to blame."""
    return TrialEnd(TrialState.FAILED, f"no worker: {cause}", None, is_lost=True)


class _Conversation:
    def __init__(self, worker: Worker, work: Work, judge: Judge, started: float) -> None:
        self._worker = worker
        self._work = work
        self._judge = judge
        self._started = started
        self._own_deadline = None if work.timeout is None else started + work.timeout
        known = [end for end in (self._own_deadline, work.deadline) if end is not None]
        self._deadline = min(known, default=None)
        self._stopped_at: float | None = None
        self._has_reported = False
        self._is_cut_off = False
        self._seconds: float | None = None
        self._notes: list[str] = []

    @property
    def has_trained(self) -> bool:
        """Whether the training is over, and only the model is to be saved."""
        return self._seconds is not None

    def until_end(self) -> TrialEnd:
        """Answer the worker until its trial has ended."""
        while True:
            message = self._receive()
            if message is None:
                return self._gone()
            if message["kind"] == "report":
                self._answer_report(message["metrics"])
            elif message["kind"] == "trained":
                self._stopped_at, self._seconds, self._notes = None, message["seconds"], message["notes"]
                keep = self._judge.trained(message["metrics"]) and message["has_model"]
                self._worker.tell({"keep": keep})
            elif message["kind"] == "failed":
                return TrialEnd(TrialState.FAILED, message["reason"], time.monotonic() - self._started)
            else:
                return self.ended(message["note"])

    def ended(self, note: str | None, *, is_lost: bool = False) -> TrialEnd:
        """The end of a trial that has trained: whatever comes after that is no more than a note on it."""
        notes = [*([_OVER] if self._is_cut_off else []), *self._notes, *([note] if note else [])]
        state = TrialState.CANCELED if self._is_cut_off else TrialState.COMPLETED
        return TrialEnd(state, "; ".join(notes) or None, self._seconds, is_lost)

    def _answer_report(self, metrics: Mapping[str, object]) -> None:
        self._has_reported = True
        stop = self._judge.report(metrics)
        if not stop and self._work.is_over():
            stop = self._is_cut_off = True
        if stop:
            self._stopped_at = time.monotonic()
        self._worker.tell({"stop": stop})

    def _receive(self) -> Message | None:
        """The next message; None if the worker is gone, or did not stop in time when it was told to."""
        if self._stopped_at is None:
            return self._worker.channel.receive(self._latest())
        try:
            grace = self._stopped_at + GRACE_SECONDS
            return self._worker.channel.receive(min(grace, self._own_deadline or grace))
        except TimeoutError:
            self._worker.kill()
            return None

    def _latest(self) -> float | None:
        """When the worker is killed if nothing has come from it by then."""
        if self._work.deadline is None or not (self._has_reported or self.has_trained):
            return self._deadline
        grace = self._work.deadline + GRACE_SECONDS
        return min(grace, self._own_deadline or grace)

    def _gone(self) -> TrialEnd:
        seconds = time.monotonic() - self._started
        death = self._worker.death()
        if self.has_trained:
            return self.ended(model_lost(death.cause), is_lost=death.is_lost)
        if self._is_cut_off:
            return TrialEnd(TrialState.CANCELED, _OVER, seconds)
        if self._stopped_at is not None:
            return TrialEnd(TrialState.COMPLETED, None, seconds)
        return TrialEnd(TrialState.FAILED, death.cause, seconds, death.is_lost)
