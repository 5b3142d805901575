"""The task runs of a sweep's trials, and Prefect's record of them."""

from typing import Any

import pytest

from sweepflow.flows import tune as tune_module
from sweepflow.flows.engine import trial_runs
from sweepflow.flows.tune import tune
from sweeps import function_spec, task_runs


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
