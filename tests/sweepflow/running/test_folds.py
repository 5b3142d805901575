"""Cross-validated trials under the early termination policies: what is compared, over the same folds."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ledgers import ledger_of
from sweepflow.archive.ranking import ranked
from sweepflow.errors import SpecError, TrialTerminated
from sweepflow.ledger.ledger import Ledger
from sweepflow.running.monitor import Monitor
from sweepflow.running.preflight import prepare_data
from sweepflow.spec.spec import Spec
from sweepflow.trials.rows import RankedRow
from sweepflow.trials.state import TrialEnd, TrialState

STRENGTHS = (0.112, 5.86, 0.631, 0.00585, 0.00143, 2.73, 24.0, 0.0259)


def spec_with(policy: str | dict[str, Any]) -> Spec:
    fields = {
        "data": {"path": "data/breast_cancer.csv", "target": "diagnosis", "drop": ["id"]},
        "validation": {"folds": 5},
        "trial": {"estimator": "sklearn.linear_model.LogisticRegression", "parameters": {"max_iter": 500}},
        "search_space": {"C": {"type": "loguniform", "low": 0.001, "high": 100}},
        "objective": {"primary_metric": "accuracy", "goal": "maximize"},
        "early_termination": policy,
        "limits": {"max_total_trials": 8},
    }
    return Spec.checked(fields, is_trusted=True)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with ledger_of(tmp_path) as ledger:
        yield ledger


def train_all(spec: Spec, ledger: Ledger, home: Path) -> list[RankedRow]:
    """Train a trial for each strength, one after another, and rank them."""
    monitor = Monitor(ledger, "s", spec.trial_objective, spec.early_termination)
    ledger.start_sweep("s", {}, None)
    data = prepare_data(spec, home)
    for number, strength in enumerate(STRENGTHS):
        monitor.queue(number, {"C": strength})
        monitor.start(number)

        def report(metrics: Mapping[str, object], number: int = number) -> None:
            if monitor.report(number, metrics):
                raise TrialTerminated

        spec.trial.train(spec.job({"C": strength}, data), report)
        monitor.trained(number, {})
        monitor.end(number, TrialEnd(TrialState.COMPLETED, None, 1.0))
    return ranked(ledger.trials("s"), ledger.metrics("s"), spec.trial_objective)


def test_a_trial_is_compared_with_the_others_over_the_same_folds(ledger: Ledger, tmp_path: Path) -> None:
    rows = train_all(spec_with("median_stopping"), ledger, tmp_path)
    by_number = {row.number: row for row in rows}
    assert by_number[0].state is TrialState.COMPLETED  # the first one had nobody to be compared with
    assert rows[0].state is TrialState.COMPLETED


def test_forgiving_folds_gives_up_the_hopeless_and_keeps_the_winner(ledger: Ledger, tmp_path: Path) -> None:
    whole = train_all(
        spec_with("forgiving_folds").model_copy(update={"early_termination": None}), ledger, tmp_path
    )
    fits = {row.number: row.intervals for row in whole}
    assert set(fits.values()) == {5}
    (tmp_path / "again").mkdir()
    with ledger_of(tmp_path / "again") as another:
        rows = train_all(spec_with("forgiving_folds"), another, tmp_path)
    assert rows[0].parameters == whole[0].parameters
    stopped = {row.parameters["C"] for row in rows if row.state is TrialState.TERMINATED}
    assert stopped == {0.00585, 0.00143}  # the two weakest
    assert [row.state for row in rows[-2:]] == [TrialState.TERMINATED] * 2
    assert "forgiving_folds: mean" in str(rows[-1].error)


def test_a_policy_that_compares_folds_is_refused_where_there_are_none() -> None:
    fields = spec_with("forgiving_folds").model_dump(mode="json")
    with pytest.raises(SpecError) as caught:
        Spec.checked({**fields, "validation": {"seed": 1}}, is_trusted=True)
    rule = "forgiving_folds compares folds, so it needs validation.folds"
    assert str(caught.value) == f"early_termination.type: {rule}"
