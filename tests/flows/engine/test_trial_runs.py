"""The task runs of a sweep's trials, and Prefect's record of them."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prefect.context import FlowRunContext
from prefect.exceptions import Pause
from prefect.states import Suspended

from ledgers import ledger_of
from sweepflow.base.settings import ledger_url
from sweepflow.flows import tune as tune_module
from sweepflow.flows.engine import recorder, trial_runs
from sweepflow.flows.engine.live_view import LiveView
from sweepflow.flows.tune import tune
from sweepflow.ledger.ledger import Ledger
from sweepflow.running.resumption import resumption
from sweepflow.running.slot_threads import SlotThreads
from sweepflow.running.sweep import RunningSweep
from sweepflow.spec.spec import Spec
from sweepflow.trials.state import TrialEnd, TrialState
from sweeps import function_spec, task_runs

DONE = TrialEnd(TrialState.COMPLETED, None, 1.0)


def test_no_trial_starts_while_prefects_server_is_too_far_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[tuple[int, bool]] = []
    wait = tune_module.wait_until_recorded

    def noted(*arguments: Any, **named: Any) -> bool:
        waits.append((arguments[-1], wait(*arguments, **named)))
        return waits[-1][1]

    monkeypatch.setattr(tune_module, "wait_until_recorded", noted)
    monkeypatch.setattr(trial_runs, "_LOOK_EVERY", 2)
    monkeypatch.setattr(trial_runs, "_MOST_UNRECORDED", 1)
    monkeypatch.setattr(trial_runs, "_MOST_BEHIND", -1)
    result = tune(**function_spec("plain", list(range(16))))
    *before, (n_all, _) = waits
    assert before == [(n, True) for n in sorted({n for n, _ in before})]
    assert 2 <= len(before) <= 8
    assert n_all == len(task_runs(result.sweep_id)) == 19


def slot_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("slot ")]


def test_a_suspended_sweep_leaves_no_trial_that_waits_and_no_thread(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raise_if_a_trial_has_ended(view: Any) -> None:
        if view._progress().n_done:
            # From now on Prefect raises this wherever the flow waits for a task run.
            context, state = FlowRunContext.get(), Suspended(timeout_seconds=600)
            assert context is not None
            context.flow_run_suspension_request.mark_requested(state)
            raise Pause(state=state)

    monkeypatch.setattr(LiveView, "raise_what_ends_the_run", raise_if_a_trial_has_ended)
    with pytest.raises(Pause):
        tune(**function_spec("mixed", [1, *(f"hangs {n}" for n in range(9))]))
    assert slot_threads() == []
    with closing(Ledger(ledger_url())) as ledger:
        (sweep,) = ledger.sweeps()
        states = [row.state for row in ledger.trials(sweep.id)]
    assert states[0] == "completed"
    assert set(states[1:]) == {"canceled"}


def test_a_trial_whose_task_run_fails_before_it_has_a_slot_runs_all_the_same(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    follow = SlotThreads.wait_until_running

    def cannot_follow_trial_3(threads: SlotThreads, number: int) -> bool:
        if number == 3:
            raise OSError(24, "Too many open files")
        return follow(threads, number)

    monkeypatch.setattr(SlotThreads, "wait_until_running", cannot_follow_trial_3)
    monkeypatch.setattr(recorder, "_PATIENCE_SECONDS", 3.0)
    result = tune(**function_spec("plain", list(range(8))))
    assert result.trials.completed == 8
    assert "trial-0003" not in task_runs(result.sweep_id)
    told = [record.getMessage() for record in caplog.records if record.name == "prefect.sweepflow"]
    assert told == [
        "trial 3 is not shown in Prefect, where its task run has failed: "
        "OSError: [Errno 24] Too many open files"
    ]


class Runner:
    """Ends each trial at once, with its x as the value."""

    error = None

    def __init__(self, sweep: RunningSweep) -> None:
        self._sweep = sweep
        self.stop = sweep.close_slots

    def waits_for(self) -> None:
        return None

    def run_trial(self, number: int, began: Callable[[], None]) -> TrialEnd:
        monitor = self._sweep.monitor
        monitor.start(number)
        began()
        monitor.report(number, {"score": float(monitor.history[number].parameters["x"])})
        end = monitor.end(number, DONE)
        self._sweep.free_slot(number)
        return end


class StuckTaskRuns:
    """Stands for a task whose runs do not end before they are let go."""

    def __init__(self) -> None:
        self.futures: list[Future[None]] = []
        self.n_checks = 0

    def map(self, numbers: tuple[int, ...], **_: object) -> list[Any]:
        new: list[Future[None]] = [Future() for _ in numbers]
        self.futures += new
        return [SimpleNamespace(wrapped_future=future) for future in new]

    def let_go(self) -> None:
        for future in self.futures:
            future.set_result(None)


def test_a_run_that_is_suspended_or_lost_ends_though_its_task_runs_are_stuck(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = StuckTaskRuns()
    monkeypatch.setattr(trial_runs, "train_trial", stuck)
    monkeypatch.setattr(trial_runs, "_POLL_SECONDS", 0.001)
    monkeypatch.setattr(trial_runs, "_MOST_BEHIND", -2)
    spec = Spec.parse(function_spec("plain", list(range(8))))
    with ledger_of(tmp_path) as ledger:
        ledger.start_sweep("s", spec.model_dump(mode="json"))
        sweep = RunningSweep("s", spec, resumption(ledger, "s", spec), 2)

        def check(most: int, error: BaseException) -> None:
            stuck.n_checks += sweep.progress().n_done > 0
            if stuck.n_checks > most:
                stuck.let_go()
                raise error

        view = SimpleNamespace(raise_what_ends_the_run=lambda: check(50, Pause("suspended")))
        with pytest.raises(Pause):
            trial_runs.run_trials(
                sweep,
                Runner(sweep),  # type: ignore[arg-type]
                view,  # type: ignore[arg-type]
                lambda: check(200, AssertionError("nobody looks whether the run was suspended")),
                lambda _: None,
            )
        assert {row.state for row in ledger.trials("s")} == {"completed"}
    assert slot_threads() == []
