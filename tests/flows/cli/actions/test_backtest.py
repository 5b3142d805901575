"""What `sweepflow backtest` replays from the ledger."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sweepflow.base.settings import ledger_url
from sweepflow.errors import SpecError
from sweepflow.fields.yaml import to_yaml
from sweepflow.flows.cli.actions.backtest import backtest_sweep
from sweepflow.ledger.ledger import Ledger
from sweepflow.running.monitor import Monitor
from sweepflow.spec.spec import Spec
from sweepflow.trials.state import SweepState, TrialEnd, TrialState

POLICY = {"type": "bandit", "slack_factor": 0.1}


def record(
    ledger: Ledger,
    sweep_id: str,
    value: float,
    fingerprint: str,
    warm_start: list[str],
    state: TrialState = TrialState.COMPLETED,
    **changes: Any,
) -> None:
    """A completed sweep of one trial that has reported this value twice."""
    spec = Spec.parse(
        {
            "trial": {"function": "trainers:train"},
            "search_space": {"x": {"type": "uniform", "min_value": 0, "max_value": 1}},
            "objective": {"primary_metric": "score", "goal": "maximize"},
            "limits": {"max_total_trials": 1},
            "warm_start": warm_start,
            **changes,
        }
    )
    ledger.start_sweep(sweep_id, spec.model_dump(mode="json"))
    ledger.set_data(sweep_id, fingerprint)
    monitor = Monitor(ledger, sweep_id, spec.objective, None)
    monitor.queue(0, {"x": value})
    monitor.start(0)
    for _ in range(2):
        monitor.report(0, {"score": value})
    monitor.end(0, TrialEnd(state, None, 1.0))
    ledger.end_sweep(sweep_id, SweepState.COMPLETED)


@pytest.mark.parametrize(("fingerprint", "n_stopped"), [("the same", 1), ("another", 0)])
def test_a_warm_started_sweep_is_replayed_beside_earlier_curves_of_the_same_data(
    fingerprint: str, n_stopped: int, home: Path, tmp_path: Path
) -> None:
    with closing(Ledger(ledger_url())) as ledger:
        record(ledger, "earlier", 0.9, fingerprint, [])
        record(ledger, "later", 0.1, "the same", ["earlier"])
    (tmp_path / "policies.yml").write_text(to_yaml(POLICY))
    (found,) = backtest_sweep("later", tmp_path / "policies.yml")["policies"]
    assert found["trials_stopped"] == n_stopped


def test_curves_that_the_sweeps_own_policy_has_cut_are_told(home: Path, tmp_path: Path) -> None:
    policies = tmp_path / "policies.yml"
    policies.write_text(to_yaml(POLICY))
    with closing(Ledger(ledger_url())) as ledger:
        record(ledger, "whole", 0.9, "data", [])
        record(ledger, "cut", 0.9, "data", [], TrialState.TERMINATED, early_termination="median_stopping")
    assert "notice" not in backtest_sweep("whole", policies)
    assert backtest_sweep("cut", policies)["notice"] == (
        "the sweep ran with median_stopping itself, which stopped 1 of its 1 trials: their curves are cut "
        "there, so that what a policy saves or loses after that is not counted; replay over a sweep without "
        "a policy for the whole of it"
    )


def test_a_policy_that_compares_folds_is_refused_for_a_sweep_without_any(home: Path, tmp_path: Path) -> None:
    policies = tmp_path / "policies.yml"
    policies.write_text("[{type: median_stopping}, {type: forgiving_folds}]")
    with closing(Ledger(ledger_url())) as ledger:
        record(ledger, "whole", 0.9, "data", [])
    with pytest.raises(SpecError) as caught:
        backtest_sweep("whole", policies)
    assert str(caught.value) == "1.type: forgiving_folds compares folds, so it needs validation.folds"
