import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import sweepflow
from recorded import curve, hostile_sweep, recorded, spec_of, trial
from sweepflow.base.settings import ledger_url
from sweepflow.errors import SpecError
from sweepflow.ledger.ledger import Ledger
from sweepflow.models.model_file import ModelError, save_model
from sweepflow.trials.state import SweepState, TrialEnd, TrialState


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SWEEPFLOW_HOME", str(tmp_path))
    monkeypatch.delenv("SWEEPFLOW_LEDGER", raising=False)
    return tmp_path


@pytest.fixture
def ledger(home):
    """It has a sweep that runs: one trial has completed, one runs, one is queued."""
    ledger = Ledger(ledger_url())
    ledger.start_sweep("s", spec_of().model_dump(mode="json"))
    for number in range(3):
        ledger.queue_trial("s", number, {"lr": 0.5, "depth": number + 1})
    for number, value in ((0, 0.25), (1, 0.5)):
        ledger.start_trial("s", number)
        ledger.add_metrics("s", number, {"auc": value, "loss": 1.0}, 1)
    ledger.end_trial("s", 0, TrialEnd(TrialState.COMPLETED, None, 1.5))
    yield ledger
    ledger.close()


@pytest.mark.usefixtures("ledger")
def test_a_running_sweep_is_loaded_as_it_stands():
    sweep = sweepflow.load("s")
    assert isinstance(sweep, sweepflow.Sweep)
    assert (sweep.state, sweep.ended, sweep.error) == ("running", None, None)
    assert sweep.spec == spec_of()
    assert (sweep.best.number, sweep.best.value) == (0, 0.25)
    assert sweep.trials["number"].tolist() == [0, 1, 2]
    assert sweep.trials["state"].tolist() == ["completed", "running", "queued"]
    assert len(sweep.metrics) == 4


def test_an_ended_sweep_has_its_end_and_its_selected_model(ledger):
    selected = {"test_metrics": {"auc": {"value": 0.5, "low": 0.25, "high": 0.75}}}
    ledger.select("s", selected)
    ledger.end_sweep("s", SweepState.FAILED, "why")
    sweep = sweepflow.load("s")
    assert (sweep.state, sweep.error) == ("failed", "why")
    assert sweep.ended >= sweep.started
    assert sweep.selected.test_metrics["auc"].high == 0.75


@pytest.mark.usefixtures("ledger")
def test_an_unknown_sweep_is_an_error_that_names_it():
    with pytest.raises(SpecError, match="there is no sweep 'other'"):
        sweepflow.load("other")


def test_trials_are_a_table_in_rank_order_whose_whole_numbers_stay_whole():
    trials = [
        trial(0, parameters={"depth": 3, "deep": True}),
        trial(1, parameters={"depth": 4, "kind": "tree"}),
        trial(2, "failed"),
    ]
    table = recorded(trials, [*curve(0, 0.5), *curve(1, 0.75, 0.25)]).trials
    assert table["number"].tolist() == [1, 0, 2]
    assert table["param.depth"].tolist() == [4, 3, pd.NA]
    assert table["param.deep"].tolist() == [pd.NA, True, pd.NA]
    assert table["best_interval"].tolist() == [1, 1, pd.NA]
    assert table["value"].dtype == "float64"


def test_metrics_are_a_table_of_all_reports():
    table = recorded([trial(0)], curve(0, 0.5, 0.75)).metrics
    assert table.columns.tolist() == ["number", "name", "interval", "value", "time"]
    assert table["value"].tolist() == [0.5, 0.75]


def test_a_sweep_without_trials_has_empty_tables_and_no_best_trial():
    sweep = recorded([])
    assert (len(sweep.trials), len(sweep.metrics), sweep.best) == (0, 0, None)
    assert "0 trials" in sweep._repr_html_()


def test_a_notebook_shows_names_with_markup_as_text():
    shown = hostile_sweep()._repr_html_()
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert "<img" not in shown


def test_the_model_of_a_sweep_predicts(tmp_path):
    save_model(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), tmp_path / "model.skops")
    assert recorded([], folder=tmp_path).model().predict([[9.0]]).tolist() == [1]


def test_a_sweep_without_a_model_says_so(tmp_path):
    with pytest.raises(ModelError, match="there is no model file"):
        recorded([], folder=tmp_path).model()
