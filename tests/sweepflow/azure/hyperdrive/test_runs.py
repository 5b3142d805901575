"""A recorded sweep as the runs of v1: what they say, and the files that they give."""

import json
import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ledgers import ledger_of
from sweepflow.archive.folder import SweepFolder
from sweepflow.azure.hyperdrive.child import ChildRun
from sweepflow.azure.hyperdrive.refusal import NotebookError
from sweepflow.azure.hyperdrive.registered import Model
from sweepflow.azure.hyperdrive.runs import HyperDriveRun, find_run
from sweepflow.azure.hyperdrive.single import ScriptRun
from sweepflow.azure.hyperdrive.widget import RunDetails
from sweepflow.spec.spec import Spec
from sweepflow.trials.state import SweepState, TrialEnd, TrialState

EXPERIMENT = SimpleNamespace(name="bank")
ENDS = {0: (0.5, TrialState.COMPLETED), 1: (0.9, TrialState.TERMINATED), 2: (None, TrialState.FAILED)}


@pytest.fixture
def run(home: Path, tmp_path: Path) -> HyperDriveRun:
    """A sweep of three trials that has ended: the second is the best, the third has failed."""
    spec = Spec.parse(
        {
            "name": "HD_1",
            "experiment_name": "bank",
            "trial": {
                "command": "python train.py --data ${{inputs.bank}} --C ${{search_space.C}} "
                "--max-iter ${{search_space.max_iter}}",
                "code": str(tmp_path),
            },
            "inputs": {"bank": {"type": "uri_file", "path": str(tmp_path / "bank.csv")}},
            "search_space": {"C": {"type": "uniform", "min_value": 0, "max_value": 1}, "max_iter": _choice()},
            "objective": {"primary_metric": "Accuracy", "goal": "maximize"},
            "limits": {"max_total_trials": 3},
            "tags": {"team": "red"},
        }
    )
    folder = SweepFolder(home, "s1").create()
    with ledger_of(home) as ledger:
        ledger.start_sweep("s1", spec.model_dump(mode="json"))
        for number, (value, state) in ENDS.items():
            ledger.queue_trial("s1", number, {"C": 0.25 * number, "max_iter": 50})
            ledger.start_trial("s1", number)
            if value is not None:
                ledger.add_metrics("s1", number, {"Accuracy": value - 0.1, "C": 1.0}, 1)
                ledger.add_metrics("s1", number, {"Accuracy": value}, 2)
            ledger.end_trial("s1", number, TrialEnd(state, None, 1.0))
        ledger.end_sweep("s1", SweepState.COMPLETED)
    outputs = folder.trial(1) / "outputs"
    (outputs / "checkpoints").mkdir(parents=True)
    (outputs / "model.joblib").write_text("the model")
    (folder.trial(1) / "logs").mkdir()
    (folder.trial(1) / "logs/own.txt").write_text("own")
    (outputs / "checkpoints/last.txt").write_text("epoch 9")
    (outputs / "logged.jsonl").write_text(json.dumps({"name": "kind", "value": "linear"}) + "\n{cut o")
    (outputs / "secret.txt").symlink_to(_secret(tmp_path))
    folder.trial_log(1).write_text("hello\n")
    return HyperDriveRun(EXPERIMENT, "HD_1")


def _choice() -> dict[str, Any]:
    return {"type": "choice", "values": [50, 100]}


def _secret(folder: Path) -> Path:
    path = folder / "secret.txt"
    path.write_text("secret")
    return path


def best(run: HyperDriveRun) -> ChildRun:
    child = run.get_best_run_by_primary_metric()
    assert child is not None
    return child


def test_the_best_child_has_its_metrics_and_arguments(run: HyperDriveRun, tmp_path: Path) -> None:
    child = best(run)
    assert child.id == "HD_1_1"
    assert child.get_metrics() == {"Accuracy": [0.8, 0.9], "C": 1.0, "kind": "linear"}
    assert child.get_metrics("C") == {"C": 1.0}
    data = str(tmp_path / "bank.csv")
    words = ["--data", data, "--C", "0.25", "--max-iter", "50"]
    assert child.get_details()["runDefinition"]["arguments"] == words
    assert child.get_status() == "Canceled"  # as v1 calls it when a policy stops a child
    assert repr(child) == "Run(Experiment: bank,\nId: HD_1_1,\nType: azureml.scriptrun,\nStatus: Canceled)"


def test_children_are_sorted_by_the_primary_metric(run: HyperDriveRun) -> None:
    children = run.get_children_sorted_by_primary_metric()
    assert children[0] == {
        "run_id": "HD_1_1",
        "hyperparameters": '{"--C": 0.25, "--max-iter": 50}',
        "best_primary_metric": 0.9,
        "status": "Canceled",
    }
    assert [child["run_id"] for child in children] == ["HD_1_1", "HD_1_0", "HD_1_2"]

    def ids(**options: Any) -> list[str]:
        return [child["run_id"] for child in run.get_children_sorted_by_primary_metric(**options)]

    assert ids(top=1) == ["HD_1_1"]
    assert ids(reverse=True) == ["HD_1_0", "HD_1_1", "HD_1_2"]
    assert ids(discard_no_metric=True) == ["HD_1_1", "HD_1_0"]
    assert [child.id for child in run.get_children()] == ["HD_1_2", "HD_1_1", "HD_1_0"]


def test_the_run_has_what_all_its_children_drew_and_logged(run: HyperDriveRun) -> None:
    assert list(run.get_hyperparameters()) == ["HD_1_0", "HD_1_1", "HD_1_2"]
    assert run.get_hyperparameters()["HD_1_0"] == '{"--C": 0.0, "--max-iter": 50}'
    assert run.get_metrics()["HD_1_0"] == {"Accuracy": [0.4, 0.5], "C": 1.0}
    assert run.get_metrics()["HD_1_2"] == {}
    assert run.get_status() == "Completed"
    assert run.get_tags() == {"team": "red"}
    assert run.wait_for_completion()["properties"]["best_child_run_id"] == "HD_1_1"


def test_a_child_has_its_log_and_its_outputs_and_no_file_outside_of_them(run: HyperDriveRun) -> None:
    assert best(run).get_file_names() == [
        "azureml-logs/70_driver_log.txt",
        "logs/own.txt",
        "outputs/checkpoints/last.txt",
        "outputs/model.joblib",
    ]
    with pytest.raises(NotebookError, match=r"has no file 'outputs/secret\.txt'"):
        best(run).download_file("outputs/secret.txt")
    with pytest.raises(NotebookError, match=r"has no file '\.\./\.\./\.\./spec\.yml': it has azureml-logs"):
        best(run).download_file("../../../spec.yml")


@pytest.mark.parametrize(
    ("name", "target", "written"),
    [
        ("outputs/model.joblib", "kept/best.joblib", "kept/best.joblib"),
        ("/outputs/model.joblib", "kept/", "kept/model.joblib"),
        ("./outputs/model.joblib", ".", "model.joblib"),
        ("outputs/model.joblib", None, "model.joblib"),
        ("user_logs/std_log.txt", None, "log.txt"),
    ],
)
def test_a_file_is_copied_to_a_path_or_into_a_folder(
    run: HyperDriveRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, target: Any, written: str
) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    best(run).download_file(name, output_file_path=target, _validate_checksum=True)
    assert [str(at.relative_to(Path.cwd())) for at in Path.cwd().rglob("*") if at.is_file()] == [written]


def test_files_are_copied_under_their_names(run: HyperDriveRun, tmp_path: Path) -> None:
    best(run).download_files("outputs/checkpoints", tmp_path / "copies")
    assert (tmp_path / "copies/outputs/checkpoints/last.txt").read_text() == "epoch 9"
    assert not (tmp_path / "copies/outputs/model.joblib").exists()
    assert Path(best(run).get_all_logs(tmp_path / "copies")[0]).read_text() == "hello\n"


def test_registered_models_have_versions_and_outlive_the_sweep(run: HyperDriveRun, tmp_path: Path) -> None:
    first = best(run).register_model(
        "bank-model", "outputs/model.joblib", tags={"by": "me"}, description="1st"
    )
    second = best(run).register_model("bank-model", model_path="./outputs/", properties={"Accuracy": 0.9})
    assert (first.name, first.id, first.version) == ("bank-model", "bank-model:1", 1)
    assert (second.version, second.properties, second.run_id) == (2, {"Accuracy": "0.9"}, "HD_1_1")
    assert Path(Model.get_model_path("bank-model", version=1)).read_text() == "the model"
    assert sorted(at.name for at in Path(Model.get_model_path("bank-model")).iterdir()) == [
        "checkpoints",
        "model.joblib",
    ]
    assert [model.id for model in Model.list()] == ["bank-model:2", "bank-model:1"]
    assert [model.id for model in Model.list(name="bank-model", latest=True)] == ["bank-model:2"]
    assert [model.id for model in Model.list(tags=[["by", "me"]])] == ["bank-model:1"]
    assert Model(None, "bank-model").version == 2
    assert Model(None, id="bank-model:1").description == "1st"
    assert Path(Model(None, "bank-model", version=1).download(tmp_path / "copy")).read_text() == "the model"


def test_a_local_file_or_folder_can_be_registered(home: Path, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model/weights.txt").write_text("1 2 3")
    model = Model.register(None, tmp_path / "model", "own")
    assert (model.path / "weights.txt").read_text() == "1 2 3"
    model.delete()
    assert Model.list() == []


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda run: best(run).register_model("m", "outputs/nothing.pkl"),
            "has no file 'outputs/nothing.pkl'",
        ),
        (lambda run: best(run).register_model("../up", "outputs"), "a model's name has letters"),
        (lambda run: run.get_output(), "HyperDriveRun has no 'get_output' here: take it out"),
        (lambda run: best(run).get_environment(), "ChildRun has no 'get_environment' here"),
        (lambda _: Model(None, "missing"), "there is no model 'missing'; registered models: none"),
        (lambda _: Model(None, "../../sweeps/s1"), "there is no model"),
        (lambda _: Model.deploy(None, "service", []), "Model.deploy exists only in Azure's cloud"),
        (lambda _: HyperDriveRun(EXPERIMENT, "HD_2").get_metrics(), "there is no run 'HD_2' on record"),
    ],
)
def test_what_is_not_there_is_told_in_a_sentence(run: HyperDriveRun, make: Any, message: str) -> None:
    with pytest.raises(NotebookError, match=message) as raised:
        make(run)
    assert raised.value._render_traceback_() == [str(raised.value)]  # all that a notebook shows


def test_a_run_and_its_children_are_found_by_their_ids(run: HyperDriveRun) -> None:
    found = find_run(EXPERIMENT, "HD_1")
    child = find_run(EXPERIMENT, "HD_1_1")
    assert isinstance(found, HyperDriveRun)
    assert isinstance(child, ChildRun)
    assert child.get_metrics("C") == {"C": 1.0}
    assert [find_run(EXPERIMENT, run_id) for run_id in ("HD_1_9", "HD_2", "HD_2_1", "x")] == [None] * 4


def test_a_run_that_is_dumped_and_loaded_has_what_it_had(run: HyperDriveRun) -> None:
    run.views.append(lambda: None)  # as after RunDetails(run).show()
    child = pickle.loads(pickle.dumps(best(run)))
    assert child.get_metrics("C") == {"C": 1.0}
    assert child.parent.get_status() == "Completed"


def test_a_run_of_another_process_is_waited_for(run: HyperDriveRun, home: Path) -> None:
    with ledger_of(home) as ledger:
        ledger.resume_sweep("s1")
        assert run.get_status() == "Running"
        assert run.wait(0)  # no process runs it: it was killed
        with SweepFolder(home, "s1").locked():
            assert not run.wait(0)
            ledger.end_sweep("s1", SweepState.COMPLETED)
        assert run.wait(0)


def test_the_run_of_one_script_has_what_its_only_child_has(
    run: HyperDriveRun, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ledger_of(home) as ledger:
        fields = dict(ledger.sweeps()[0].spec)
        command = "python train.py --C 2 && printf '{}' >> \"$SWEEPFLOW_METRICS\""
        metric = {"primary_metric": "script_ended", "goal": "maximize"}
        trial = {"trial": {"command": command}, "objective": metric}
        ledger.start_sweep("s2", {**fields, **trial, "name": "bank_1"})
        ledger.queue_trial("s2", 0, {"run": 1})
        ledger.start_trial("s2", 0)
        ledger.add_metrics("s2", 0, {"Accuracy": 0.7}, 0)
        ledger.add_metrics("s2", 0, {"script_ended": 1.0}, 1)
        ledger.end_trial("s2", 0, TrialEnd(TrialState.COMPLETED, None, 1.0))
        ledger.end_sweep("s2", SweepState.COMPLETED)
    log = SweepFolder(home, "s2").create().trial_log(0)
    log.parent.mkdir()
    log.write_text("trained\n")
    script = ScriptRun(HyperDriveRun(EXPERIMENT, "bank_1"))
    details = script.wait_for_completion(show_output=True)
    assert capsys.readouterr().out == "RunId: bank_1\ntrained\nCompleted: bank_1\n"
    assert details["runDefinition"]["arguments"] == ["--C", "2"]
    assert script.get_metrics() == {"Accuracy": 0.7}
    assert script.get_file_names() == ["azureml-logs/70_driver_log.txt"]
    assert (script.get_status(), details["runId"]) == ("Completed", "bank_1")


def test_outside_of_a_notebook_the_details_are_one_line(
    run: HyperDriveRun, capsys: pytest.CaptureFixture[str]
) -> None:
    RunDetails(run).show()
    assert capsys.readouterr().out.startswith("HD_1: 3/3 trials done, 0 running; ")


def test_waiting_for_a_run_that_has_ended_prints_its_trials(
    run: HyperDriveRun, capsys: pytest.CaptureFixture[str]
) -> None:
    run.wait_for_completion(show_output=True)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "RunId: HD_1"
    assert lines[2] == "trial 1 terminated, Accuracy 0.9 (C=0.25, max_iter=50)"
    assert lines[-1].startswith("Completed: best Accuracy 0.9 (trial 1); 3 trials")
