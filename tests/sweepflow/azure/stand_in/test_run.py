"""A script logs to `Run.get_context()`: numbers reach the sweep, all else is kept, nothing fails."""

import math
import subprocess
import sys
from pathlib import Path

import pytest

from v1_script import STAND_IN, run_script

CALLS = [
    ("run.log('Accuracy', 0.9)", [{"Accuracy": 0.9}]),
    ("run.log('Accuracy', 0.9, 'how good', step=3)", [{"Accuracy": 0.9}]),
    ("run.log(name='n', value=np.int64(3))", [{"n": 3}]),
    ("run.log('x', np.float32(0.5)); run.log('x', np.array([0.25]))", [{"x": 0.5}, {"x": 0.25}]),
    ("run.log('flag', True)", [{"flag": 1}]),
    ("run.log('text', '0.75')", [{"text": 0.75}]),
    ("run.log(0.5, 0.75)", [{"0.5": 0.75}]),
    ("run.log('word', 'nan')", []),
    ("run.log_list('a', [0.1, 0.2])", [{"a": 0.1}, {"a": 0.2}]),
    ("run.log_list('a', np.array([1, 2]))", [{"a": 1}, {"a": 2}]),
    ("run.log_list('a', np.float64(0.5).tolist())", [{"a": 0.5}]),
    ("run.log_row('Loss', x=1, train=0.5, stat='mean')", [{"Loss.x": 1, "Loss.train": 0.5}]),
    ("run.log_table('t', {'x': [1, 2], 'y': [3]})", [{"t.x": 1, "t.y": 3}, {"t.x": 2}]),
    ("run.log_table('t', {'x': list(range(300))})", []),
]
"""What a script does, and the lines of metrics that come of it."""


def test_numbers_are_metrics(tmp_path: Path) -> None:
    lines = [line for line, _ in CALLS]
    done = run_script(
        f"""
        import numpy as np
        from azureml.core import Run
        run = Run.get_context()
        for line in {lines!r}:
            exec(line)
            run.log("next", 1)
        """,
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert done.metrics == [line for _, metrics in CALLS for line in [*metrics, {"next": 1}]]


def test_nan_is_a_metric(tmp_path: Path) -> None:
    done = run_script("from azureml.core import Run; Run.get_context().log('x', float('nan'))", tmp_path)
    assert done.returncode == 0, done.stderr
    assert math.isnan(done.metrics[0]["x"])


def test_what_is_no_number_is_kept_and_shown(tmp_path: Path) -> None:
    done = run_script(
        """
        from azureml.core import Run
        run = Run.get_context()
        run.log("Algorithm", "saga")
        run.log("depth", None)
        run.log("importance", {"age": 0.5})
        run.log_list("columns", ["age", "sex"])
        run.log_confusion_matrix("cm", {"data": {"matrix": [[1, 2]]}})
        """,
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert done.metrics == []
    assert [(line["name"], line["value"]) for line in done.logged] == [
        ("Algorithm", "saga"),
        ("depth", None),
        ("importance", {"age": 0.5}),
        ("columns", ["age", "sex"]),
        ("cm", {"data": {"matrix": [[1, 2]]}}),
    ]
    assert "Algorithm: saga" in done.stdout


def test_a_run_has_what_scripts_ask_of_it(tmp_path: Path) -> None:
    done = run_script(
        """
        import os
        from azureml.core.run import Run, _OfflineRun
        from azureml.core import Workspace, Dataset, Model, Experiment, Datastore
        run = Run.get_context(allow_offline=False)
        assert run is Run.get_context()
        assert not isinstance(run, _OfflineRun) and not run.id.startswith("OfflineRun")
        assert run.number == 7
        run.log("a", 1), run.log("a", 2), run.log("b", "text")
        assert run.get_metrics() == {"a": [1, 2], "b": "text"}
        run.tag("k", "v"), run.set_tags({"l": 1}), run.add_properties({"p": 2})
        assert run.get_tags() == {"k": "v", "l": 1}
        run.parent.log("a", 3)
        with run.child_run("child") as child:
            child.log("a", 4)
        assert [each.id for each in run.get_children()] == ["child"]
        assert run.experiment.name and run.experiment.workspace.name
        run.flush()
        with run:
            run.complete()
        """,
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert done.metrics == [{"a": 1}, {"a": 2}]
    assert "a: 3\na: 4\n" in done.stdout


def test_a_script_runs_by_itself_and_prints_what_it_logs(tmp_path: Path) -> None:
    done = run_script(
        """
        from azureml.core import Run
        from azureml.core.run import _OfflineRun
        from azureml.exceptions import RunEnvironmentException
        run = Run.get_context()
        assert type(run) == _OfflineRun and run.id.startswith("OfflineRun")
        run.log("Accuracy", 0.5)
        try:
            Run.get_context(allow_offline=False)
        except RunEnvironmentException as error:
            print(error)
        """,
        tmp_path,
        in_trial=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Accuracy: 0.5\nthe script does not run in a trial of a sweep\n"
    assert done.metrics == []


def test_files_that_are_uploaded_are_among_the_outputs(tmp_path: Path) -> None:
    done = run_script(
        """
        import io
        from pathlib import Path
        from azureml.core import Run
        run = Run.get_context()
        Path("model.pkl").write_text("model"), Path("plots").mkdir(), Path("plots/a.png").write_text("a")
        run.upload_file("outputs/model.pkl", "./model.pkl")
        run.upload_file(name="second.pkl", path_or_stream="model.pkl")
        run.upload_file("text.txt", io.StringIO("text"))
        run.upload_folder("plots", "plots")
        run.log_image("a/picture", path="plots/a.png")
        import matplotlib.pyplot as plt
        plt.plot([1, 2])
        run.log_image("drawn", plot=plt)
        print(run.get_file_names())
        run.download_file("outputs/text.txt", "copy.txt")
        assert Path("copy.txt").read_text() == "text"
        print(run.register_model(model_name="best", model_path="outputs/model.pkl").name)
        for name, source in [("../x", "model.pkl"), ("x", "missing.pkl")]:
            try:
                run.upload_file(name, source)
            except Exception as error:
                print(type(error).__name__, error)
        """,
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    files = ["images/a_picture.png", "images/drawn.png", "model.pkl", "plots/a.png", "second.pkl", "text.txt"]
    assert [str(path.relative_to(done.outputs)) for path in sorted(done.outputs.rglob("*.*"))] == files
    assert str([f"outputs/{name}" for name in files]) in done.stdout
    assert "is not registered by a trial" in done.stdout
    assert (
        "UserErrorException a file of the run needs a name inside of its outputs, got '../x'" in done.stdout
    )
    assert "UserErrorException there is no file missing.pkl" in done.stdout


@pytest.mark.parametrize("line", ["run.fail('no data')", "run.cancel()"])
def test_a_script_that_fails_its_run_ends(line: str, tmp_path: Path) -> None:
    done = run_script(f"from azureml.core import Run\nrun = Run.get_context()\n{line}\nprint('on')", tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("use", "name"),
    [
        ("from azureml.core import Keyvault; Keyvault()", "azureml.core.Keyvault"),
        (
            "from azureml.core.compute import AksCompute; AksCompute.create()",
            "azureml.core.compute.AksCompute.create",
        ),
        ("import azureml.train.automl.run as a; a.AutoMLRun('x')", "azureml.train.automl.run.AutoMLRun"),
        ("run.get_secret('x')", "Run.get_secret"),
        ("run.experiment.workspace.get_default_keyvault()", "Workspace.get_default_keyvault"),
        ("run.experiment.workspace.get_default_datastore().upload('x')", "Datastore.upload"),
    ],
)
def test_what_only_the_cloud_has_says_so_when_it_is_used(use: str, name: str, tmp_path: Path) -> None:
    done = run_script(f"from azureml.core import Run\nrun = Run.get_context()\n{use}", tmp_path)
    assert done.returncode == 1
    assert f"{name} exists only in Azure's cloud" in done.stderr.splitlines()[-1]


def test_what_only_the_cloud_has_can_be_imported(tmp_path: Path) -> None:
    done = run_script(
        """
        import azureml.core
        from azureml.core import *
        from azureml.core.authentication import ServicePrincipalAuthentication
        from azureml.interpret import ExplanationClient
        from azureml.telemetry import set_diagnostics_collection
        from azureml._restclient.constants import RunStatus
        from azureml.core.authentication import InteractiveLoginAuthentication
        from azureml.core.run import Run, get_run
        from azureml.data.dataset_factory import DataType, OtherFactory
        from azureml.exceptions import ActivityFailedException
        ws = Workspace.from_config(auth=InteractiveLoginAuthentication(tenant_id="x"))
        assert ws.datastores["blob"].name == "blob"
        try:
            ServicePrincipalAuthentication("tenant", "id", "secret")
            1 / 0
        except (ActivityFailedException, ZeroDivisionError):
            pass
        print(azureml.core.VERSION)
        assert not hasattr(Run.get_context(), "get_secret")
        """,
        tmp_path,
    )
    assert done.returncode == 0, done.stderr


def test_importing_it_loads_the_standard_library_only(tmp_path: Path) -> None:
    code = (
        "import sys; from azureml.core import Dataset, Experiment, Model, Run, Workspace;"
        "Run.get_context(); tops = {name.partition('.')[0] for name in sys.modules};"
        "print(sorted(tops - sys.stdlib_module_names))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": str(STAND_IN), "SWEEPFLOW_METRICS": str(tmp_path / "metrics.jsonl")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "['__main__', 'azureml']\n"
