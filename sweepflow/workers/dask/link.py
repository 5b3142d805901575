"""The flow's connection to the scheduler: stations and tasks out, messages and ends of workers in."""

import asyncio
import logging
import pickle
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import Any

from distributed import Future
from tornado.ioloop import PeriodicCallback

from sweepflow.errors import in_one_line
from sweepflow.workers.dask import task
from sweepflow.workers.dask.admission import admit
from sweepflow.workers.dask.connection import connected
from sweepflow.workers.dask.lost import SchedulerLost
from sweepflow.workers.dask.messages import OVER, Message, topic
from sweepflow.workers.dask.remote import RemoteTrial
from sweepflow.workers.dask.station import Station
from sweepflow.workers.dask.workforce import Presence
from sweepflow.workers.work import Work

_CALL_SECONDS = 15.0
_FILE_SECONDS = 120.0
"""How long a few megabytes may take to a worker."""
_LEAVE_SECONDS = 5.0
"""How long is waited for workers to remove what they have; one that hangs never answers."""
_LOST_SECONDS = 0.5
"""How long closing may take when nobody is there to say goodbye to."""
_CHECK_MILLISECONDS = 1000
_BEAT_MILLISECONDS = 20_000
"""How often stations are told that the flow is there."""
_BEAT_SECONDS = 10.0
"""How long that is waited for; a worker that hangs would keep the next beat from all others."""
_LOST_BY_DASK = "scheduler-connection-lost"
_log = logging.getLogger("distributed.sweepflow")


class Link:
    """A client of the cluster, for one pool with this name."""

    def __init__(self, station: Station, where: dict[str, Any], called: str) -> None:
        """`where` are a Client's arguments that say where the cluster is; `called` is its name for people.

        Raises SchedulerLost if it does not answer, and ClusterUnfit if its machines lack what trials need.
        """
        self._called = called
        self._station = station.name
        self._lock = threading.Lock()
        self._trials: dict[str, RemoteTrial] = {}
        self._over: list[Future] = []
        self._lost: SchedulerLost | None = None
        self._presence = Presence(called, {})
        self._has_changed = True
        """Whether workers have come or gone since they were last counted."""
        try:
            self._client = connected(where)
        except OSError as error:  # a timeout among them
            raise SchedulerLost(f"{called} does not answer: {in_one_line(error)}") from error
        self._loop: asyncio.AbstractEventLoop = self._client.loop.asyncio_loop
        self._client.subscribe_topic(topic(station.pool_name), self._take_message)
        self._client.subscribe_topic("all", self._take_event)
        station.client = self._client.id
        try:
            admitted = self._client.sync(admit, self._client, station)
        except BaseException:
            self._call(self._unregister, _LEAVE_SECONDS)
            self._client.close(timeout=_CALL_SECONDS)
            raise
        self._resources = admitted.resources
        self._presence = Presence(called, self._resources)
        self._presence.see(admitted.workers)
        self._loop.call_soon_threadsafe(self._start_checks)
        for worker in admitted.hung:
            self._take_unfit(worker, "does not answer")
            asyncio.run_coroutine_threadsafe(self._wait_for_answer(worker), self._loop)

    def waits_for(self) -> str | None:
        """What trials wait for, in a sentence; None if there is a worker, or was one just now."""
        return self._presence.waits_for()

    def submit(self, key: str, work: Work, trial: RemoteTrial) -> Future:
        """Start a task for the trial, which hears of all that happens to it."""
        pickled = pickle.dumps(work)
        with self._lock:
            if self._lost is not None:
                raise self._lost
            self._trials[key] = trial
        future = self._client.submit(
            task.task(),
            self._station,
            key,
            pickled,
            key=key,
            pure=False,
            retries=0,
            workers=self._presence.fit(),
            resources=self._resources or None,
        )
        future.add_done_callback(lambda ended: self._task_is_over(key, ended))
        return future

    def forget(self, key: str, future: Future | None, *, is_over: bool) -> None:
        """Release the task, which ends if it still runs, and send its trial nothing any more.

        The task is None if it could not be submitted. One that does nothing more is released later: a message
        to the scheduler holds up the next one, which may be the next trial, by 10 ms, and one of the
        scheduler's to a worker by 5 ms.
        """
        with self._lock:
            self._trials.pop(key, None)
            if future is not None and is_over:
                self._over.append(future)
                return
        if future is not None and self._lost is None:
            future.cancel()

    def answer(self, message: Message, answer: Message) -> None:
        """Send an answer to a message; one that does not arrive is asked for again."""
        asyncio.run_coroutine_threadsafe(self._answer(message, answer), self._loop)

    def call(self, worker: str, function: Callable[..., Any], *arguments: object) -> Any:
        """Call a function of `task` with the station on this worker; OSError if that fails."""

        async def run() -> Any:
            results = await self._client.run(function, self._station, *arguments, workers=[worker])
            return results[worker]

        try:
            return self._client.sync(run, callback_timeout=_FILE_SECONDS)
        except Exception as error:  # Dask's own, or the worker's
            raise OSError(in_one_line(error)) from error

    def stop_stations(self, seconds: float) -> None:
        """End the trials on all workers, as far as these answer in time."""

        async def stop() -> None:
            await self._client.run(task.stop, self._station, on_error="ignore")

        self._call(stop, seconds)

    def close(self) -> None:
        """Remove the stations, and disconnect."""
        self._call(self._unregister, _LEAVE_SECONDS)
        for periodic in (self._checks, self._beats):
            self._loop.call_soon_threadsafe(periodic.stop)
        with suppress(TimeoutError):
            self._client.close(timeout=_CALL_SECONDS if self._lost is None else _LOST_SECONDS)

    def _call(self, function: Callable[[], Coroutine[Any, Any, None]], seconds: float) -> None:
        """Call the function in the client's loop; a cluster that is gone has ended its trials itself."""
        if self._lost is None:
            with suppress(OSError):  # a timeout among them
                self._client.sync(function, callback_timeout=seconds)

    async def _unregister(self) -> None:
        self._client.unsubscribe_topic("all")  # the scheduler would tell us that we have left
        with suppress(ValueError):  # it was not registered yet
            await self._client.unregister_worker_plugin(self._station)

    async def _answer(self, message: Message, answer: Message) -> None:
        numbered = {**answer, "number": message["number"]}
        with suppress(Exception):  # the worker may be gone, which is told by other means
            await self._client.run(
                task.hear,
                self._station,
                message["execution"],
                numbered,
                workers=[message["worker"]],
                on_error="ignore",
            )

    def _take_message(self, event: tuple[float, Message]) -> None:
        message = event[1]
        with self._lock:
            trial = self._trials.get(message["trial"])
        if message["kind"] == "unfit":
            self._take_unfit(message["worker"], message["fault"])
            if trial is not None:
                trial.is_misplaced()
        elif trial is None:
            self.answer(message, OVER)
        else:
            trial.hear(message)

    def _take_unfit(self, worker: str, fault: str) -> None:
        if self._presence.see_unfit(worker, fault):
            _log.warning("the worker %s %s: trials go to others", worker, fault)

    async def _wait_for_answer(self, worker: str) -> None:
        """Let trials go to a worker once it answers, which hung when the sweep began."""
        with suppress(Exception):  # it is gone, which is told by other means
            found = (await self._client.run(task.fault, self._station, workers=[worker]))[worker]
            self._presence.forget(worker)
            if found is not None:
                self._take_unfit(worker, found.what)
            self._has_changed = True

    def _take_event(self, event: tuple[float, Any]) -> None:
        """Take an event of the cluster itself."""
        told = event[1]
        action = told.get("action") if isinstance(told, dict) else None
        self._has_changed = self._has_changed or action in ("add-worker", "remove-worker")
        if action == "remove-worker":
            self._presence.forget(told["worker"])
            for trial in self._all_trials():
                trial.worker_is_gone(told["worker"])

    def _task_is_over(self, key: str, future: Future) -> None:
        with self._lock:
            trial = self._trials.get(key)
        if trial is None:
            return
        cause = "Dask does not run it any more"
        try:
            if not trial.has_ended and (message := future.result(timeout=_CALL_SECONDS)) is not None:
                trial.hear(message)  # Dask has dropped it as an event
        except CancelledError as error:
            if getattr(error, "reason", None) == _LOST_BY_DASK:
                self._lose()
                return
        except Exception as error:  # noqa: BLE001  the task's own
            cause = in_one_line(error)
        trial.task_is_over(cause)

    def _start_checks(self) -> None:
        # A scheduler that closes in good order ends the conversation, and no task.
        self._checks = PeriodicCallback(self._check, _CHECK_MILLISECONDS)
        self._checks.start()
        self._beats = PeriodicCallback(self._beat, _BEAT_MILLISECONDS)
        self._beats.start()

    async def _beat(self) -> None:
        with suppress(Exception):  # a worker may be gone, which is told by other means
            beat = self._client.run(task.hear_flow, self._station, on_error="ignore")
            await asyncio.wait_for(beat, _BEAT_SECONDS)

    async def _check(self) -> None:
        connection = self._client.scheduler_comm
        if self._client.status in ("connecting", "closed") or connection is None or connection.closed():
            self._lose()
            return
        self._release()
        if self._has_changed:
            self._has_changed = False
            try:
                workers = (await self._client.scheduler.identity(n_workers=-1))["workers"]
            except OSError:  # the next check finds the connection closed, or asks again
                self._has_changed = True
                return
            self._presence.see(workers)
            for trial in self._all_trials() if self._presence.is_divided else ():
                trial.is_misplaced()  # it may be kept to workers that are gone

    def _release(self) -> None:
        """Release the tasks that do nothing more."""
        with self._lock:
            over, self._over = self._over, []
        for future in over:
            future.release()

    def _lose(self) -> None:
        """Tell every trial that the scheduler is gone."""
        with self._lock:
            self._lost = self._lost or SchedulerLost(
                f"{self._called} does not answer any more: resume the sweep once a cluster runs again"
            )
        for trial in self._all_trials():
            trial.scheduler_is_lost(self._lost)

    def _all_trials(self) -> list[RemoteTrial]:
        with self._lock:
            return list(self._trials.values())
