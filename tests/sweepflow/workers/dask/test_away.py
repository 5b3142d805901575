"""Workers that see nothing of the flow's files: neither its home, nor data, nor code."""

import textwrap
from contextlib import closing
from pathlib import Path

import pytest
from distributed import Client

from dask_cluster import DaskCluster, can_hide
from ledgers import ledger_of
from pools import until
from sweepflow.archive.folder import SweepFolder
from sweepflow.importing.folders import import_from
from sweepflow.models.model_file import load_model
from sweepflow.running.preflight import prepare_data
from sweepflow.running.resumption import resumption
from sweepflow.running.sweep import Ask, RunningSweep
from sweepflow.running.trial_runner import TrialRunner
from sweepflow.spec.spec import Spec
from sweepflow.workers.dask import station

DATA = Path(__file__).parents[4] / "data/breast_cancer.csv"


@pytest.fixture(scope="module")
def hidden(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hidden")
    if not can_hide(folder):
        pytest.skip("this system does not let us hide a folder from a process")
    return folder


@pytest.fixture(scope="module")
def cluster(hidden, tmp_path_factory):
    with closing(DaskCluster(tmp_path_factory.mktemp("dask"), n_workers=1, hidden=hidden)) as cluster:
        yield cluster


@pytest.fixture
def run(cluster, hidden, monkeypatch, request):
    """Runs a sweep, of one trial by default, and calls `between` after each.

    Gives how the last one ended, as (state, error, value), and the sweep's folder.
    """
    home = hidden / request.node.name
    home.mkdir()
    monkeypatch.setenv("SWEEPFLOW_HOME", str(home))

    def run(between=lambda: None, **fields):
        limits = {"max_total_trials": 1, "max_concurrent_trials": 1}
        compute = {"type": "dask", "address": cluster.address}
        spec = Spec.checked({"limits": limits, "compute": compute, **fields}, is_trusted=True)
        spec = spec.settled(0, 1)
        data, folder = prepare_data(spec, home), SweepFolder(home, "s").create()
        log = folder.path / "workers.log"
        with ledger_of(home) as ledger, spec.pool(1, 1, log) as pool:
            ledger.start_sweep("s", spec.model_dump(mode="json"))
            sweep = RunningSweep("s", spec, resumption(ledger, "s", spec), 1)
            runner = TrialRunner(sweep, data, folder, pool)
            while isinstance(told := sweep.next(sweep.slots), Ask):
                for number in told.numbers:
                    runner.run_trial(number)
                    between()
            *_, row = ledger.trials("s")
            *_, trial = sweep.monitor.history
        return (row.state, row.error, trial.value), folder

    return run


def test_an_estimator_is_sent_its_data(run, hidden):
    table = hidden / "table.csv"
    table.write_bytes(DATA.read_bytes())
    (state, error, value), folder = run(
        data={"path": str(table), "target": "diagnosis", "drop": ["id"]},
        trial={"estimator": "sklearn.tree.DecisionTreeClassifier"},
        search_space={"max_depth": {"type": "choice", "values": [2]}},
        objective={"primary_metric": "accuracy", "goal": "maximize"},
    )
    assert (state, error) == ("completed", None)
    assert value > 0.8
    assert load_model(folder.trial_model(0)).named_steps is not None


def test_each_fold_of_an_estimator_is_a_report_from_far_away(run, hidden):
    table = hidden / "folds.csv"
    table.write_bytes(DATA.read_bytes())
    (state, error, value), folder = run(
        data={"path": str(table), "target": "diagnosis", "drop": ["id"]},
        validation={"folds": 3},
        trial={"estimator": "sklearn.tree.DecisionTreeClassifier"},
        search_space={"max_depth": {"type": "choice", "values": [2]}},
        objective={"primary_metric": "accuracy", "goal": "maximize"},
    )
    with ledger_of(folder.path.parents[1]) as ledger:
        reports = [row.value for row in ledger.metrics("s") if row.name == "accuracy"]
    assert (state, error, len(reports)) == ("completed", None, 3)
    assert value > 0.8


@pytest.mark.soak
def test_a_worker_that_has_removed_everything_meanwhile_is_sent_it_again(run, hidden, cluster):
    def silent_for(seconds):
        station._SILENCE_SECONDS = seconds

    def files(dask_worker):
        return list(map(str, Path(dask_worker.local_directory).glob("sweepflow-*")))

    def say_nothing():
        with Client(cluster.address, set_as_default=False) as client:
            assert all(client.run(files).values())
            client.run(silent_for, 0.0)
            until(lambda: not any(client.run(files).values()))
            client.run(silent_for, 120.0)

    table = hidden / "again.csv"
    table.write_bytes(DATA.read_bytes())
    end, folder = run(
        between=say_nothing,
        data={"path": str(table), "target": "diagnosis", "drop": ["id"]},
        trial={"estimator": "sklearn.tree.DecisionTreeClassifier"},
        # A tree that never splits, then one that does: only the model of a better trial is kept.
        baseline="none",
        search_space={"min_impurity_decrease": {"type": "choice", "values": [1.0, 0.0]}},
        sampling_algorithm="grid",
        objective={"primary_metric": "accuracy", "goal": "maximize"},
        limits={"max_total_trials": 2, "max_concurrent_trials": 1},
    )
    assert end[:2] == ("completed", None)
    assert folder.trial_model(1).exists()


def test_a_function_is_sent_with_the_modules_beside_it(run, hidden):
    code = hidden / "my code"
    (code / "my_helpers").mkdir(parents=True)
    (code / "my_helpers/__init__.py").write_text("VALUE = 0.25\n")
    (code / "away_training.py").write_text(
        textwrap.dedent(
            """
            import my_helpers
            from sweepflow import trainer

            @trainer
            def train(parameters, data, report):
                print("trains far away")
                report(score=my_helpers.VALUE)
                (report.folder / "notes.txt").write_text("kept")
            """
        )
    )
    import_from([code])
    end, folder = run(
        trial={"function": "away_training:train"},
        search_space={"x": {"type": "choice", "values": [1]}},
        objective={"primary_metric": "score", "goal": "maximize"},
    )
    assert end == ("completed", None, 0.25)
    assert folder.trial_log(0).read_text() == "trains far away\n"
    assert (folder.trial_outputs(0) / "notes.txt").read_text() == "kept"


def test_a_command_is_sent_its_code_and_inputs_and_its_outputs_come_back(run, hidden, monkeypatch):
    monkeypatch.setenv("AWAY_TOKEN", "open sesame")
    code, words = hidden / "code", hidden / "words.txt"
    code.mkdir()
    words.write_text("one two three")
    (code / "train.py").write_text(
        textwrap.dedent(
            """
            import os, pathlib, sys
            from sweepflow import log_metric

            words, outputs = map(pathlib.Path, sys.argv[1:])
            log_metric("score", len(words.read_text().split()))
            (outputs / "token.txt").write_text(os.environ["TOKEN"])
            """
        )
    )
    end, folder = run(
        trial={
            "command": "python train.py ${{inputs.words}} ${{outputs.kept}} # ${{search_space.x}}",
            "code": str(code),
            "environment_variables": {"TOKEN": "${{env.AWAY_TOKEN}}"},
        },
        inputs={"words": {"type": "uri_file", "path": str(words)}},
        outputs={"kept": {"type": "uri_folder"}},
        search_space={"x": {"type": "choice", "values": [1]}},
        objective={"primary_metric": "score", "goal": "maximize"},
    )
    assert end == ("completed", None, 3.0)
    assert (folder.trial_outputs(0) / "kept/token.txt").read_text() == "open sesame"
    assert not (folder.trial(0) / "code").exists()
