"""The exchange of messages between the sweep and a worker over one trial."""

import time
from collections.abc import Mapping
from contextlib import suppress

from sweepflow.trials.state import TrialEnd, TrialState
from sweepflow.workers.ends import OUT_OF_TIME, model_lost, no_worker, out_of_time, timed_out
from sweepflow.workers.local.channel import Message
from sweepflow.workers.local.worker import Worker
from sweepflow.workers.work import Judge, Work


def supervise(worker: Worker, work: Work, judge: Judge, deadline: float | None) -> TrialEnd:
    """Let the worker train the trial, and return how it ended; a worker that is late is killed.

    `deadline`, when the sweep's time is over, is a time of time.monotonic(). For `work.grace` seconds after
    it, a trial that has reported may still stop at its next report and keep its model, and one that has
    trained may still save its model.
    """
    started = time.monotonic()
    conversation = None
    try:
        if not worker.is_ready:
            judge.began()
        if not worker.wait_until_ready(deadline):
            return no_worker(worker.death().cause)
        started = time.monotonic()
        conversation = _Conversation(worker, work, judge, deadline)
        worker.begin(work)
        judge.began()
        return conversation.until_end()
    except TimeoutError:
        if conversation is not None and worker.ends_softly and _is_over(deadline):
            conversation.end_softly()
        worker.kill()
        if conversation is not None and conversation.has_trained:
            return conversation.ended(model_lost("there was no time left to save it"))
        seconds = time.monotonic() - started
        if _is_over(deadline):
            return out_of_time(seconds)
        if not worker.is_ready:
            return no_worker(f"its process was not ready after {seconds:.0f} s")
        return timed_out(work, seconds)
    finally:
        worker.finish()


def _is_over(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() >= deadline


class _Conversation:
    def __init__(self, worker: Worker, work: Work, judge: Judge, deadline: float | None) -> None:
        self._worker = worker
        self._work = work
        self._judge = judge
        self._started = time.monotonic()
        self._own_deadline = None if work.timeout is None else self._started + work.timeout
        self._sweep_deadline = deadline
        self._stopped_at: float | None = None
        self._has_reported = False
        self._is_cut_off = False
        self._seconds: float | None = None
        self._notes: list[str] = []

    @property
    def has_trained(self) -> bool:
        """Whether the training is over, and only the model has yet to be saved."""
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
                keep = self._judge.trained(message["metrics"])
                if message["has_model"]:  # else it does not wait for an answer
                    self._worker.send({"keep": keep})
            elif message["kind"] == "failed":
                seconds = time.monotonic() - self._started
                return TrialEnd(TrialState.FAILED, message["reason"], seconds, message["is_lost"])
            else:
                return self.ended(message["note"])

    def end_softly(self) -> None:
        """Let the trial end by itself within the grace, at the end of the sweep's time."""
        self._worker.begin_end()
        latest = time.monotonic() + self._work.grace
        with suppress(TimeoutError):
            while (message := self._worker.channel.receive(latest)) and message["kind"] == "report":
                self._worker.send({"stop": True})

    def ended(self, note: str | None, *, is_lost: bool = False) -> TrialEnd:
        """The end of a trial that has trained: whatever goes wrong afterwards is only a note."""
        notes = [*([OUT_OF_TIME] if self._is_cut_off else []), *self._notes, *([note] if note else [])]
        state = TrialState.CANCELED if self._is_cut_off else TrialState.COMPLETED
        return TrialEnd(state, "; ".join(notes) or None, self._seconds, is_lost)

    def _answer_report(self, metrics: Mapping[str, object]) -> None:
        self._has_reported = True
        stop = self._judge.report(metrics)
        if not stop and _is_over(self._sweep_deadline):
            stop = self._is_cut_off = True
        if stop:
            self._stopped_at = time.monotonic()
        self._worker.send({"stop": stop})

    def _receive(self) -> Message | None:
        """The next message; None if the worker is gone, or did not stop within the grace period."""
        if self._stopped_at is None:
            return self._worker.channel.receive(self._latest())
        try:
            grace = self._stopped_at + self._work.grace
            return self._worker.channel.receive(min(grace, self._own_deadline or grace))
        except TimeoutError:
            self._worker.kill()
            return None

    def _latest(self) -> float | None:
        """The time at which the worker is killed unless a message has come from it."""
        latest = self._sweep_deadline
        if latest is None:
            return self._own_deadline
        may_report = self._has_reported and not self._worker.ends_softly
        if may_report or self.has_trained:
            latest += self._work.grace
        return min(latest, self._own_deadline or latest)

    def _gone(self) -> TrialEnd:
        seconds = time.monotonic() - self._started
        death = self._worker.death()
        if self.has_trained:
            return self.ended(model_lost(death.cause), is_lost=death.is_lost)
        if self._is_cut_off:
            return out_of_time(seconds)
        if self._stopped_at is not None:
            return TrialEnd(TrialState.COMPLETED, None, seconds)
        return TrialEnd(TrialState.FAILED, death.cause, seconds, death.is_lost)
