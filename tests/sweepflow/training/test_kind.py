"""What holds for every kind of trial, one from outside of Sweepflow among them."""

import re
from pathlib import Path
from typing import get_args

import pytest
from sklearn.pipeline import Pipeline

from column_trial import ColumnTrial, WithColumn
from pools import TESTS
from recorded import ranked_row
from sweepflow.data.source import DataSource
from sweepflow.errors import SpecError
from sweepflow.models.model_file import load_model
from sweepflow.promotion import PromotionRequest
from sweepflow.running.selection import select
from sweepflow.testing.pools import Recorder
from sweepflow.testing.trial_kinds import TrialKindTests
from sweepflow.training import AnyTrialKind, EstimatorTrial, FunctionTrial
from sweepflow.training.kind import name_of
from sweepflow.trials.state import TrialState
from sweepflow.workers import LocalCompute, Work

FIELDS = {
    "data": {"path": "table.csv", "target": "label"},
    "trial": {"column": "size"},
    "search_space": {"max_depth": {"type": "choice", "values": [1, 30]}},
    "objective": {"primary_metric": "accuracy", "goal": "maximize"},
    "limits": {"max_total_trials": 2},
}
MEMBERS = (
    (EstimatorTrial(estimator="sklearn.tree.DecisionTreeClassifier"), "accuracy", {"max_depth": 1}),
    (FunctionTrial(function="sweepflow.testing.pool_trials:act"), "score", {"act": "count", "n": 3}),
    (ColumnTrial(column="size"), "accuracy", {"max_depth": 1}),
)


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.syspath_prepend(TESTS / "support")


class TestEveryKind(TrialKindTests):
    @pytest.fixture(params=MEMBERS, ids=lambda member: name_of(type(member[0])))
    def member(self, request):
        return request.param

    @pytest.fixture
    def trial(self, member):
        return member[0]

    @pytest.fixture
    def job(self, member, job, prepared):
        _, metric, parameters = member
        return job(prepared("label"), metric, **parameters)


def faults(**changes):
    with pytest.raises(SpecError) as caught:
        WithColumn.checked({**FIELDS, **changes}, is_trusted=True)
    return dict(caught.value.problems)


@pytest.mark.parametrize("kind", get_args(get_args(AnyTrialKind)[0]), ids=name_of)
def test_every_member_of_the_union_is_tried_by_a_test_file_of_this_folder(kind):
    texts = [file.read_text() for file in Path(__file__).parent.rglob("test_*.py")]
    tried = [text for text in texts if "(TrialKindTests):" in text and f"{kind.__name__}(" in text]
    assert tried, f"no test file makes a {kind.__name__} for a subclass of TrialKindTests"


def test_only_the_union_names_the_kinds():
    names = {kind.__name__ for kind in get_args(get_args(AnyTrialKind)[0])}
    for package in ("sweepflow", "flows", "tasks"):
        for file in (TESTS.parent / package).rglob("*.py"):
            if not file.is_relative_to(TESTS.parent / "sweepflow/training"):
                named = names.intersection(re.findall(r"\w+", file.read_text()))
                assert named <= ({"FunctionTrial"} if file.parent.name == "testing" else set()), file


def test_the_union_names_its_kinds():
    for wrong in ({"command": "python train.py"}, "size", None, {}):
        assert faults(trial=wrong) == {"trial": "must have one of: estimator, function, column"}


def test_a_form_shows_a_tab_for_each_kind_those_with_the_fewest_fields_first():
    schema = WithColumn.model_json_schema()
    shown = [each["$ref"].rpartition("/")[2] for each in schema["properties"]["trial"]["anyOf"]]
    assert [schema["$defs"][each]["title"] for each in shown] == ["function", "column", "estimator"]


def test_a_kind_from_outside_is_taken_for_no_other():
    assert WithColumn.checked(FIELDS, is_trusted=False).trial == ColumnTrial(column="size")
    assert faults(search_space={"depth": {"type": "choice", "values": [1]}}) == {
        "search_space.depth": "is no parameter of a tree"
    }
    assert faults(trial={"column": "size", "parameters": {}}) == {
        "trial.parameters": "unknown field 'parameters'; known: column"
    }
    assert faults(data=None, refit=True, validation={"folds": 3}) == {
        "validation.folds": "must be null for a column, which decides itself how it validates",
        "refit": "must be false for a column, which decides itself what it trains on",
        "data": "is required for a column",
    }


def test_a_kind_from_outside_may_report_metrics_of_its_own_but_not_to_a_gate():
    own = {"primary_metric": "loss", "goal": "maximize"}
    spec = WithColumn.checked({**FIELDS, "objective": own}, is_trusted=True)
    (notice,) = spec.notices(cores=8)
    assert notice.startswith("objective.goal: loss is smaller where the model is better")
    with pytest.raises(ValueError, match="the gate compares by it"):
        PromotionRequest._has_metric_for_gate(spec)
    wrong = WithColumn.parse({**FIELDS, "objective": {"primary_metric": "log_loss", "goal": "maximize"}})
    (notice,) = wrong.notices(cores=8)
    assert notice.startswith(
        "objective.goal: the column may mean something else, but scikit-learn's log_loss"
    )


def test_a_kind_from_outside_is_trained_by_a_worker_selected_and_tested(prepared, tmp_path):
    data = prepared("label")
    spec = WithColumn.parse({**FIELDS, "data": DataSource(path="table.csv", target="label")})
    reported, works = [], []
    with LocalCompute().pool(spec.trial, 1, 2, tmp_path / "workers.log") as pool:
        for depth in (1, 30):
            folder = tmp_path / f"depth {depth}"
            folder.mkdir()
            job = spec.job({"max_depth": depth}, data, folder)
            work = Work(job=job, log=folder / "log.txt", model=folder / "model.skops")
            judge = Recorder(keep=True)
            assert pool.run(work, judge.judge).state is TrialState.COMPLETED, work.log.read_text()
            reported += judge.reports
            works.append(work)
    values = [report["accuracy"] for report in reported]
    assert values[0] != values[1]
    assert works[0].log.read_text() == "learns from size\n"
    assert (works[0].job.folder / "tree.txt").read_text().startswith("|--- feature_0 <=")
    best = values.index(max(values))
    row = ranked_row(best, parameters=works[best].job.parameters, value=values[best], best_interval=1)
    found = select(spec, data, row, works[best].model, tmp_path / "model.skops")
    assert found.notice is None
    assert found.test_metrics["accuracy"].value > 0.5
    assert isinstance(load_model(tmp_path / "model.skops"), Pipeline)
