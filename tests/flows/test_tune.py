import inspect
from pathlib import Path
from typing import Any, get_type_hints

import pandas as pd
import pyarrow.parquet as pq
import pytest
from prefect import flow
from rich.console import Console
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import ParameterGrid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ledgers import ledger_of
from pools import until
from sweepflow import load_model
from sweepflow.archive.folder import SweepFolder
from sweepflow.data.prepared import load_part
from sweepflow.errors import DataError, SpecError, SweepFailed
from sweepflow.flows.cli.actions.show import read_shown, shown_fields
from sweepflow.flows.cli.screen.display import show_outcome
from sweepflow.flows.engine.call_context import reporting_progress_to
from sweepflow.flows.tune import tune
from sweepflow.result import SweepResult
from sweepflow.running.progress import Progress
from sweepflow.spec.spec import Spec
from sweepflow.trials.rows import TrialRow
from sweeps import artifacts, function_spec, log_records, task_runs

pytestmark = pytest.mark.usefixtures("server", "home")


def ledger_trials(home: Path, sweep_id: str) -> list[TrialRow]:
    with ledger_of(home) as ledger:
        return ledger.trials(sweep_id)


@pytest.fixture(scope="module")
def cancer(server: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[SweepResult, Path]:
    """The six trials by grid, run once; the result and its home."""
    assert server
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SWEEPFLOW_HOME", str(home))
        return tune(**CANCER), home


CANCER: dict[str, Any] = {
    "data": {
        "path": str(Path(__file__).parents[2] / "data/breast_cancer.csv"),
        "target": "diagnosis",
        "drop": ["id"],
    },
    "trial": {
        "estimator": "sklearn.ensemble.GradientBoostingClassifier",
        "parameters": {"random_state": 0},
    },
    "search_space": {
        "learning_rate": {"type": "choice", "values": [0.01, 0.1, 1.0]},
        "n_estimators": {"type": "choice", "values": [10, 100]},
    },
    "sampling_algorithm": {"type": "grid"},
    "objective": {"primary_metric": "roc_auc", "goal": "maximize"},
    "metrics": ["accuracy"],
    "limits": {"max_total_trials": 20, "max_concurrent_trials": 2},
    "baseline": "none",
}


class TestSixTrialsByGrid:
    def test_it_returns_a_typed_result(self, cancer: tuple[SweepResult, Path]) -> None:
        result, _ = cancer
        assert isinstance(result, SweepResult)
        assert result.state == "completed"
        assert result.trials.total == result.trials.completed == 6

    def test_prefect_has_exactly_six_trials(self, cancer: tuple[SweepResult, Path]) -> None:
        runs = task_runs(cancer[0].sweep_id)
        trials = {name: run for name, run in runs.items() if name.startswith("trial-")}
        assert sorted(trials) == [f"trial-{number:04d}" for number in range(6)]
        assert {run["state"]["name"] for run in runs.values()} == {"Completed"}
        assert runs.keys() - trials.keys() == {"prepare-data", "aggregate-metrics", "select-model"}

    def test_the_ledger_has_exactly_six_trials_first_name_varying_slowest(
        self, cancer: tuple[SweepResult, Path]
    ) -> None:
        rows = ledger_trials(cancer[1], cancer[0].sweep_id)
        assert [tuple(row.parameters.values()) for row in rows] == [
            (0.01, 10), (0.01, 100), (0.1, 10), (0.1, 100), (1.0, 10), (1.0, 100),
        ]  # fmt: skip
        assert {row.state for row in rows} == {"completed"}

    def test_the_leaderboard_is_ranked(self, cancer: tuple[SweepResult, Path]) -> None:
        board = pd.read_parquet(str(cancer[0].leaderboard_path))
        assert list(board["value"]) == sorted(board["value"], reverse=True)
        assert board["number"].iloc[0] == cancer[0].best.number  # type: ignore[union-attr]
        assert set(board.columns) >= {"param.learning_rate", "param.n_estimators", "metric.accuracy"}

    def test_a_plain_scikit_learn_loop_over_the_same_splits_agrees(
        self, cancer: tuple[SweepResult, Path]
    ) -> None:
        result, home = cancer
        (folder,) = (home / "data").iterdir()
        train, validation = load_part(folder, "train"), load_part(folder, "validation")
        features = [name for name in train if name != "diagnosis"]
        values = {}
        for parameters in ParameterGrid({"learning_rate": [0.01, 0.1, 1.0], "n_estimators": [10, 100]}):
            model = make_pipeline(
                make_column_transformer(
                    (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), features)
                ),
                GradientBoostingClassifier(random_state=0, **parameters),
            ).fit(train, train["diagnosis"])
            scores = model.decision_function(validation)
            values[tuple(parameters.values())] = roc_auc_score(validation["diagnosis"] == "malignant", scores)
        board = pd.read_parquet(str(result.leaderboard_path))
        ours = board.set_index(["param.learning_rate", "param.n_estimators"])["value"].to_dict()
        assert ours == pytest.approx(values, abs=1e-12)
        assert tuple(result.best.parameters.values()) == max(values, key=lambda key: values[key])  # type: ignore[union-attr]

    def test_the_model_predicts_on_the_source_file(self, cancer: tuple[SweepResult, Path]) -> None:
        table = pd.read_csv(CANCER["data"]["path"])
        predicted = load_model(str(cancer[0].model_path)).predict(table)
        assert (predicted == table["diagnosis"]).mean() > 0.95

    def test_the_test_metrics_have_intervals_around_them(self, cancer: tuple[SweepResult, Path]) -> None:
        metrics = cancer[0].test_metrics
        assert metrics is not None
        assert list(metrics) == ["roc_auc", "accuracy"]
        assert all(0.9 < metric.low <= metric.value <= metric.high <= 1 for metric in metrics.values())

    def test_all_files_lie_in_the_sweeps_folder(self, cancer: tuple[SweepResult, Path]) -> None:
        result, home = cancer
        folder = home / "sweeps" / result.sweep_id
        names = {"spec.yml", "data", "leaderboard.parquet", "metrics.parquet", "model.skops", "model-card.md"}
        assert {path.name for path in folder.iterdir()} >= names
        assert folder.stat().st_mode & 0o077 == 0

    def test_prefect_shows_progress_leaderboard_and_summary(self, cancer: tuple[SweepResult, Path]) -> None:
        found = artifacts(cancer[0].sweep_id)
        assert found.keys() == {"progress", "leaderboard", "learning-curves", "summary", "model-card"}
        assert found["progress"]["data"] == 100.0
        assert "malignant" in found["model-card"]["data"]

    def test_the_summary_shows_the_result_and_pictures(self, cancer: tuple[SweepResult, Path]) -> None:
        result, _ = cancer
        summary = artifacts(result.sweep_id)["summary"]["data"]
        assert result.best is not None
        assert result.test_metrics is not None
        test = result.test_metrics["roc_auc"]
        assert (
            f"| `best roc_auc, validation` | `{result.best.value:.6g} (trial {result.best.number})` |"
            in summary
        )
        assert f"| {test.value:.6g} | {test.low:.6g} to {test.high:.6g} |" in summary
        assert summary.count("](data:image/svg+xml;base64,") == 2


def test_the_parameters_are_the_fields_of_the_spec() -> None:
    fields, hints = Spec.model_fields, get_type_hints(Spec, include_extras=True)
    code = tune.fn.__code__
    defaults = tune.fn.__defaults__
    names = code.co_varnames[: code.co_argcount]
    given = dict(zip(names[-len(defaults) :], defaults, strict=True))
    assert names[: -len(defaults)] == ("trial", "search_space", "objective", "limits")
    assert given == {name: field.default for name, field in fields.items() if not field.is_required()}
    shown = inspect.signature(tune.fn).parameters  # what the form is made of
    assert {name: shown[name].annotation for name in names} == hints


def test_trials_that_end_badly_leave_the_sweep_going_on(home: Path) -> None:
    spec = function_spec("mixed", [1, "raises", "dies", "silent", "hangs", 5], trial_timeout=3)
    result = tune(**spec)
    assert result.best is not None
    assert result.best.parameters == {"x": 5}
    assert result.trials.model_dump() == {
        "total": 6, "completed": 2, "terminated": 0, "failed": 3, "timed_out": 1, "canceled": 0,
    }  # fmt: skip
    runs = task_runs(result.sweep_id)
    states = {name: (run["state"]["type"], run["state"]["name"]) for name, run in runs.items()}
    assert states["trial-0001"] == states["trial-0002"] == states["trial-0003"] == ("FAILED", "Failed")
    assert states["trial-0004"] == ("FAILED", "TimedOut")
    assert states["trial-0005"] == ("COMPLETED", "Completed")
    messages = [runs[f"trial-{number:04d}"]["state"]["message"] for number in range(1, 5)]
    assert messages == [
        "ValueError: no good",
        "its process ended with exit code 3",
        "it never logged the primary metric 'score'; it logged: scores, loss",
        "killed after its timeout of 3 s",
    ]
    assert [row.error for row in ledger_trials(home, result.sweep_id)][1:5] == messages


def test_the_last_lines_of_a_trial_that_went_wrong_are_in_prefects_log() -> None:
    result = tune(**function_spec("talks", ["fails", "hangs", "works"], trial_timeout=3))
    runs = task_runs(result.sweep_id)
    shown = "\n".join(f"line {number}" for number in range(10, 59)) + "\nline 59\\x1b"
    texts = {
        "trial-0000": f"it called sys.exit('enough')\nThe end of the trial's log:\n{shown}",
        "trial-0001": f"killed after its timeout of 3 s\nThe end of the trial's log:\n{shown}",
    }
    names = {run["id"]: name for name, run in runs.items()}

    def shown_in_prefect() -> dict[str, str]:
        found = [r for r in log_records(result.sweep_id, level="ERROR") if "log:" in r["message"]]
        return {names[record["task_run_id"]]: record["message"] for record in found}

    until(lambda: len(shown_in_prefect()) == 2)
    assert shown_in_prefect() == texts


def test_a_terminated_trial_ends_in_a_state_of_that_name() -> None:
    spec = function_spec("curve", [0.9, 0.5], max_concurrent_trials=1)
    result = tune(**spec, early_termination={"type": "bandit", "slack_amount": 0.2, "delay_evaluation": 4})
    run = task_runs(result.sweep_id)["trial-0001"]
    assert (run["state"]["type"], run["state"]["name"]) == ("COMPLETED", "TerminatedEarly")
    assert "0.5 is outside the bound 0.7 at interval 4" in run["state"]["message"]
    reports = pq.read_table(result.metrics_path).to_pandas()
    assert list(reports["number"].value_counts().sort_index()) == [10, 4]
    assert result.trials.terminated == 1


def test_slots_are_filled_at_once_and_never_overfilled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = tmp_path / "times"
    times.mkdir()
    monkeypatch.setenv("TRIAL_TIMES", str(times))
    # Trial "long" ends only when all others have: were a batch awaited, none would start beside it.
    result = tune(**function_spec("timed", ["long", *range(9)], trial_timeout=60))
    assert result.trials.completed == 10
    spans = [tuple(map(float, path.read_text().split())) for path in times.iterdir()]
    running = [sum(start <= moment < end for start, end in spans) for moment, _ in spans]
    assert max(running) <= 2


def test_it_can_be_a_subflow() -> None:
    @flow
    def pipeline() -> float:
        result = tune(**function_spec("plain", [1, 3, 2]))
        assert result.best is not None
        return result.best.value

    assert pipeline() == 3.0


def test_a_finite_space_ends_the_sweep_without_repeating_a_combination(home: Path) -> None:
    spec = function_spec("plain", [1, 2, 3], max_total_trials=50)
    result = tune(**{**spec, "sampling_algorithm": {"type": "random", "seed": 1}})
    rows = ledger_trials(home, result.sweep_id)
    assert sorted(row.parameters["x"] for row in rows) == [1, 2, 3]


def test_the_timeout_stops_running_trials_and_selects_the_best_so_far() -> None:
    result = tune(**function_spec("mixed", [1, "reports 3", "hangs"], timeout=20))
    assert result.state == "completed"
    assert result.best is not None
    assert (result.best.parameters, result.best.value) == ({"x": "reports 3"}, 3.0)
    assert result.model_path is None
    assert result.notice == "trial 1, the best, has no model: the sweep's timeout was over"
    assert pq.read_table(result.leaderboard_path)["number"].to_pylist() == [1, 0, 2]
    assert result.trials.canceled == 2
    assert task_runs(result.sweep_id)["trial-0002"]["state"]["type"] == "CANCELLED"


def test_a_sweep_fails_when_the_timeout_leaves_no_trial() -> None:
    with pytest.raises(SweepFailed, match="no trial ended within the sweep's timeout of 4 s"):
        tune(**function_spec("mixed", ["hangs a", "hangs b"], timeout=4))


def test_a_sweep_fails_when_more_than_max_failed_trials_have_failed() -> None:
    spec = function_spec("mixed", [1, "raises a", "raises b", 2], max_concurrent_trials=1)
    spec["limits"]["max_failed_trials"] = 0
    with pytest.raises(SweepFailed, match=r"more than max_failed_trials \(0\): ValueError: no good"):
        tune(**spec)


def test_a_sweep_fails_at_once_when_its_first_trials_all_fail(home: Path) -> None:
    last: list[Progress] = []
    spec = function_spec("mixed", [f"silent {k}" for k in range(20)], max_concurrent_trials=1)
    told = "no trial logged the primary metric 'score'; it logged: scores, loss"
    with reporting_progress_to(last.append), pytest.raises(SweepFailed, match=told):
        tune(**spec)
    rows = ledger_trials(home, last[-1].sweep_id)
    assert [row.state for row in rows] == ["failed"] * 3


@pytest.mark.usefixtures("home")
def test_the_notices_about_the_spec_and_about_the_data_are_in_prefects_log() -> None:
    fixed = {**CANCER["trial"], "parameters": {"random_state": 0, "learning_rate": 0.5}}
    spec = {**CANCER, "data": {**CANCER["data"], "nulls": ["0"]}, "trial": fixed}
    result = tune(**{**spec, "limits": {"max_total_trials": 1}})

    def shown_in_prefect() -> list[str]:
        return [record["message"] for record in log_records(result.sweep_id, level="WARNING")]

    until(lambda: any("learning_rate: has no effect" in message for message in shown_in_prefect()))
    until(lambda: any("count as missing" in message for message in shown_in_prefect()))


def test_the_data_is_not_prepared_twice(home: Path, cancer: tuple[SweepResult, Path]) -> None:
    del cancer
    spec = {**CANCER, "limits": {"max_total_trials": 1}}
    tune(**spec)
    (folder,) = (home / "data").iterdir()
    before = (folder / "train.arrow").stat()
    tune(**spec)
    after = (folder / "train.arrow").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_wrong_spec_fails_the_flow_run_with_all_its_mistakes(home: Path) -> None:
    spec = function_spec("plain", [1])
    told = "limits.max_total_trials: must be >= 1, got 0\ntags: must be a mapping, got 3"
    with pytest.raises(SpecError, match=told):
        tune(**{**spec, "limits": {"max_total_trials": 0}}, tags=3)
    assert not home.exists()


def test_wrong_data_fails_and_leaves_no_record(home: Path) -> None:
    with pytest.raises(DataError, match="there is no column 'diagnosos'"):
        tune(**{**CANCER, "data": {**CANCER["data"], "target": "diagnosos"}})
    with ledger_of(home) as ledger:
        assert ledger.sweeps() == []
    assert list((home / "sweeps").iterdir()) == []


def test_a_deployed_flow_imports_only_allowed_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", "11111111-1111-1111-1111-111111111111")
    spec = function_spec("plain", [1])
    with pytest.raises(SpecError, match="the module 'flow_trainers' is not allowed in a deployed flow"):
        tune(**spec)
    monkeypatch.setenv("SWEEPFLOW_FUNCTION_MODULES", "other,flow_trainers")
    assert tune(**spec).trials.completed == 1


def test_a_deployed_flow_runs_no_command_and_reads_no_component_that_is_not_allowed(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", "11111111-1111-1111-1111-111111111111")
    (tmp_path / "secret.yml").write_text("hunter2: [")
    for trial, told in (
        ({"command": f"touch {tmp_path}/canary"}, "trial.command: is not allowed in a deployed flow"),
        (f"file:{tmp_path}/secret.yml", "trial: names a file that a deployed flow may not read"),
    ):
        with pytest.raises(SpecError, match=told) as caught:
            tune(**{**function_spec("plain", [1]), "trial": trial})
        assert "hunter2" not in str(caught.value)
    assert not home.exists()
    assert not (tmp_path / "canary").exists()


def test_the_best_parameters_can_be_fitted_again_on_more_rows(home: Path) -> None:
    result = tune(**{**CANCER, "limits": {"max_total_trials": 2}, "refit": True})
    model = load_model(str(result.model_path))
    assert model["estimator"].n_estimators_ == result.best.parameters["n_estimators"]  # type: ignore[union-attr]
    (folder,) = (home / "data").iterdir()
    both = pd.concat([load_part(folder, "train"), load_part(folder, "validation")])
    filler = model["preprocess"].named_transformers_["numeric"]["impute"]
    features = both.drop(columns="diagnosis")
    assert filler.statistics_ == pytest.approx(features.median().to_numpy())
    assert filler.statistics_ != pytest.approx(load_part(folder, "train")[list(features)].median().to_numpy())


def test_constraints_are_kept_and_every_allowed_combination_is_tried(home: Path) -> None:
    spec = function_spec("plain", [1, 2, 3, 4])
    spec["search_space"]["y"] = {"type": "choice", "values": [1, 2]}
    result = tune(
        **{**spec, "limits": {"max_total_trials": 50, "max_concurrent_trials": 2}}, constraints=["x * y <= 4"]
    )
    tried = [tuple(row.parameters.values()) for row in ledger_trials(home, result.sweep_id)]
    assert tried == [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (4, 1)]


def test_a_target_that_is_reached_ends_the_sweep(home: Path) -> None:
    spec = function_spec("plain", [1, 5, 2, 3], max_concurrent_trials=1)
    result = tune(**spec, stop_when={"target": 4.5})
    assert result.state == "completed"
    assert result.trials.total == 2


def test_trials_without_improvement_end_the_sweep() -> None:
    spec = function_spec("plain", [1, 5, 2, 3, 4, 6], max_concurrent_trials=1)
    assert tune(**spec, stop_when={"no_improvement_trials": 2}).best.value == 5.0  # type: ignore[union-attr]


def test_a_baseline_is_tried_first_and_stands_beside_the_best_wherever_a_result_is_shown(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = tune(**function_spec("plain", [1, 2, 3, 4]), baseline={"x": 3})
    tried = [row.parameters["x"] for row in ledger_trials(home, result.sweep_id)]
    assert tried == [3, 1, 2, 4]
    told = "best score 4, baseline 3 (trial 0): better by 1, as reported"
    shown = artifacts(result.sweep_id)
    assert "`better by 1 (baseline 3 (trial 0))`" in shown["summary"]["data"]
    assert f"Beside the baseline: {told}." in shown["model-card"]["data"]
    show_outcome(Console(), result)
    assert f"{told}\n" in capsys.readouterr().out
    fields = shown_fields(read_shown(result.sweep_id), with_spec=False)
    assert fields["baseline"] == {"number": 0, "parameters": {"x": 3}, "value": 3.0}


def test_a_baseline_outside_of_the_space_is_refused_before_anything_runs(home: Path) -> None:
    with pytest.raises(SpecError, match=r"^baseline\.x: must be one of 1, 2, got 3$"):
        tune(**function_spec("plain", [1, 2]), baseline={"x": 3})


def test_a_record_that_cannot_be_kept_ends_the_sweep(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A file in the place of the second trial's folder: its log cannot be written.
    make = SweepFolder.trial

    def trial(self: SweepFolder, number: int) -> Path:
        folder = make(self, number)
        if number == 1 and not folder.exists():
            folder.touch()
        return folder

    monkeypatch.setattr(SweepFolder, "trial", trial)
    with pytest.raises(OSError, match="0001"):
        tune(**function_spec("plain", [1, 2, 3], max_concurrent_trials=1))
    (folder,) = (home / "sweeps").iterdir()
    with ledger_of(home) as ledger:
        sweep, trials = ledger.sweep(folder.name), ledger.trials(folder.name)
    assert sweep is not None
    assert sweep.state == "failed"
    assert [trial.state for trial in trials] == ["completed", "canceled"]


def test_cross_validated_trials_are_worth_the_mean_of_their_folds(home: Path) -> None:
    spec = {
        **CANCER,
        "trial": {"estimator": "sklearn.linear_model.LogisticRegression"},
        "search_space": {"C": {"type": "choice", "values": [1.0, 1e-9, 1e-8]}},
        "validation": {"folds": 5},
        "early_termination": {"type": "bandit", "slack_amount": 0.2, "delay_evaluation": 1},
        "objective": {"primary_metric": "accuracy", "goal": "maximize"},
        "limits": {"max_total_trials": 3, "max_concurrent_trials": 1},
    }
    result = tune(**spec)
    reports = pd.read_parquet(str(result.metrics_path))
    board = pd.read_parquet(str(result.leaderboard_path)).set_index("number")
    last = reports.groupby("number")["value"].last()
    assert board["value"].to_dict() == last.to_dict()
    assert board["intervals"].to_dict() == {0: 5, 1: 1, 2: 1}  # two are dropped after a bad first fold
    assert list(board["state"]) == ["completed", "terminated", "terminated"]
    assert load_model(str(result.model_path)).predict(pd.read_csv(CANCER["data"]["path"])).shape == (569,)


@pytest.mark.parametrize(
    "sampling",
    [
        {"type": "random", "seed": 5},
        {"type": "random", "rule": "sobol", "seed": 5},
        {"type": "bayesian", "seed": 5, "deterministic": True, "lag": 3, "startup_trials": 4},
    ],
    ids=["random", "sobol", "bayesian"],
)
def test_trials_are_the_same_at_any_concurrency(home: Path, sampling: dict[str, Any]) -> None:
    spec = function_spec("plain", [0])
    spec["search_space"] = {"x": {"type": "uniform", "min_value": -1, "max_value": 2}}
    tried = []
    for n_slots in (1, 3):
        limits = {"max_total_trials": 14, "max_concurrent_trials": n_slots}
        result = tune(**{**spec, "sampling_algorithm": sampling, "limits": limits})
        tried.append([row.parameters for row in ledger_trials(home, result.sweep_id)])
    assert tried[0] == tried[1]
    assert len({row["x"] for row in tried[0]}) == 14


@pytest.mark.parametrize(
    "sampling", [{"type": "grid"}, {"type": "random", "seed": 1}], ids=["grid", "random"]
)
def test_a_warm_start_tries_the_best_earlier_configuration_first_and_all_others_once(
    home: Path, sampling: dict[str, Any]
) -> None:
    earlier = tune(**{**function_spec("plain", [2, 5, 3]), "name": "first"})
    assert earlier.best is not None
    spec = {**function_spec("plain", [1, 2, 3, 5, 4]), "sampling_algorithm": sampling}
    result = tune(**{**spec, "name": "first", "warm_start": ("latest",)})
    tried = [row.parameters["x"] for row in ledger_trials(home, result.sweep_id)]
    assert tried[0] == earlier.best.parameters["x"] == 5
    assert sorted(tried) == [1, 2, 3, 4, 5]
    if sampling["type"] == "grid":
        assert tried == [5, 1, 2, 3, 4]
