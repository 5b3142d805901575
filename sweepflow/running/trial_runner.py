"""Runs the trials of a sweep, a lost one again as often as the spec's retries allow."""

from collections.abc import Callable, Mapping

from sweepflow.archive.folder import SweepFolder
from sweepflow.base.files import private_folder
from sweepflow.data.prepared import PreparedData
from sweepflow.errors import TrialError
from sweepflow.running.sweep import RunningSweep
from sweepflow.trials.state import TrialEnd, TrialState
from sweepflow.workers import Judge, Pool, Work
from sweepflow.workers.log import note, tail


class TrialRunner:
    """Runs a sweep's trials in its pool; may be called from many threads."""

    def __init__(
        self, sweep: RunningSweep, data: PreparedData | None, folder: SweepFolder, pool: Pool
    ) -> None:
        self.error: Exception | None = None
        """What went wrong outside of the trials, such as a full disk; the sweep cannot go on."""
        self._sweep = sweep
        self._monitor = sweep.monitor
        self._data = data
        self._folder = folder
        self._pool = pool

    def run_trial(self, number: int, began: Callable[[], None] = lambda: None) -> TrialEnd:
        """Run the trial, which has a slot, and free that slot; returns how the trial ended.

        Calls `began` once it is under way, and perhaps again.
        """
        try:
            return self._run_trial(number, began)
        except Exception as error:
            self.error = error
            self._sweep.close_slots()  # the sweep is over: no other trial may start in this one's slot
            raise
        finally:
            self._sweep.free_slot(number)

    def waits_for(self) -> str | None:
        """What the trials wait for that is not there, in a sentence; None if they can train."""
        return self._pool.waits_for()

    def log_tail(self, number: int) -> str:
        """The last lines that the trial printed, for people; empty if it printed nothing."""
        return tail(self._folder.trial_log(number))

    def stop(self) -> None:
        """Stop the trials that run; they end as canceled, and those that wait for a slot do not start."""
        self._sweep.close_slots()
        self._pool.stop()

    def _run_trial(self, number: int, began: Callable[[], None]) -> TrialEnd:
        private_folder(self._folder.trial(number))
        n_attempts = self._sweep.spec.limits.retries + 1
        for attempt in range(1, n_attempts + 1):
            end = self._attempt(number, began)
            if not end.is_lost or attempt == n_attempts:
                break
            note(self._folder.trial_log(number), f"attempt {attempt} of {n_attempts}: {end.reason}")
            self._monitor.restart(number)
        if attempt > 1 and end.state in (TrialState.FAILED, TrialState.TIMED_OUT):
            end = end._replace(reason=f"{end.reason} (attempt {attempt} of {n_attempts})")
        return self._monitor.end(number, end)

    def _attempt(self, number: int, began: Callable[[], None]) -> TrialEnd:
        self._monitor.start(number)
        try:
            return self._pool.run(self._work(number), self._judge(number, began))
        finally:
            began()  # not every pool says so
            self._clean_up(number)

    def _clean_up(self, number: int) -> None:
        try:
            self._sweep.spec.trial.clean_up(self._folder.trial(number))
        except (OSError, TrialError) as error:
            note(self._folder.trial_log(number), f"not everything could be removed: {error}")

    def _work(self, number: int) -> Work:
        spec, parameters = self._sweep.spec, self._monitor.history[number].parameters
        return Work(
            job=spec.job(parameters, self._data, self._folder.trial(number), number),
            log=self._folder.trial_log(number),
            model=self._folder.trial_model(number),
            timeout=spec.limits.trial_timeout,
            time_left=self._sweep.time_left(),
        )

    def _judge(self, number: int, began: Callable[[], None]) -> Judge:
        def report(metrics: Mapping[str, object]) -> bool:
            began()
            return self._monitor.report(number, metrics)

        return Judge(report, lambda metrics: self._monitor.trained(number, metrics), began)
