"""Processes that train on big tables of plain numbers, which import nothing that reads tables."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sweepflow.data.prepare import prepare
from sweepflow.data.source import DataSource, Validation
from sweepflow.training.big_tables import is_mapped_alone
from sweepflow.training.estimator.trial import EstimatorTrial
from sweepflow.training.job import Job
from sweepflow.trials.objective import Objective

N_ROWS = 400
PLAIN = EstimatorTrial(estimator="sklearn.linear_model.LogisticRegression")
REDUCED = PLAIN.model_copy(update={"steps": ({"reduce": "sklearn.decomposition.PCA"},)})
TRAIN = """
import json, sys
from sweepflow.training import apart, big_tables
from sweepflow.training.estimator.trial import EstimatorTrial
from sweepflow.training.job import Job

big_tables._SMALL = 0
trial, job = EstimatorTrial.model_validate_json(sys.argv[1]), Job.model_validate_json(sys.argv[2])
reads_tables = sys.argv[3] == "True"
if not reads_tables:
    apart.spare_tables()
trial.warm_up()
values = []
trained = trial.train(job, lambda metrics: values.extend(metrics.values()))
refitted = trial.refit(job, 1)
coefficients = [model[-1].coef_.tolist() for model in (trained.model, refitted)]
imported = [name for name in ("pandas", "pyarrow") if name in sys.modules]
print(json.dumps([values, trained.metrics, coefficients, sorted(trained.costs), imported]))
"""


LOSE = """
import json, os, sys
from pathlib import Path
from sweepflow.training import apart, big_tables
from sweepflow.training.estimator.trial import EstimatorTrial

big_tables._SMALL = 0
apart.spare_tables()
trial, log = EstimatorTrial.model_validate_json(sys.argv[1]), sys.argv[3]
trial.warm_up()

from sweepflow.training import kept_arrays
from sweepflow.workers.local import child

kept_arrays._write = lambda *_: os.kill(os.getpid(), 9)
message = {"job": json.loads(sys.argv[2]), "log": log, "model": log + ".model"}
outcome = child._run(trial, message, None, Path.cwd())
Path(log + ".outcome").write_text(json.dumps(outcome))
"""


def table(target) -> pd.DataFrame:
    random = np.random.default_rng(0)
    numbers = pd.DataFrame(random.normal(size=(N_ROWS, 4)).astype(np.float32), columns=list("abcd"))
    return numbers.assign(y=np.where(numbers["a"] + random.normal(size=N_ROWS) > 0, *target))


def prepared(folder, frame, **source):
    frame.to_parquet(folder / "table.parquet")
    given = {"path": str(folder / "table.parquet"), "target": "y", **source}
    return prepare(DataSource.model_validate(given), Validation(), folder, is_classifier=True)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
@pytest.mark.parametrize("target", [(1, 0), ("yes", "no")], ids=["numbers", "text"])
@pytest.mark.parametrize("trial", [PLAIN, REDUCED], ids=["estimator", "step"])
def test_a_trial_and_its_refit_have_equal_results_without_what_reads_tables(tmp_path, trial, target):
    data = prepared(tmp_path, table(target))
    objective = Objective(primary_metric="roc_auc", goal="maximize")
    job = Job(parameters={}, data=data, objective=objective, metrics=("accuracy", "f1_macro"))

    def results(reads_tables):
        arguments = trial.model_dump_json(), job.model_dump_json(), str(reads_tables)
        command = [sys.executable, "-c", TRAIN, *arguments]
        return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)

    without, with_pandas = results(False), results(True)
    assert without[:-1] == with_pandas[:-1]
    assert without[3] == ["fit_seconds", "model_bytes", "predict_ms"]
    assert (without[-1], with_pandas[-1]) == ([], ["pandas", "pyarrow"])


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
def test_a_trial_whose_fork_the_system_kills_is_lost_as_if_its_worker_was(tmp_path):
    job = Job(
        parameters={},
        data=prepared(tmp_path, table((1, 0))),
        objective=Objective(primary_metric="accuracy", goal="maximize"),
        metrics=(),
    )
    log = tmp_path / "trial.log"
    arguments = PLAIN.model_dump_json(), job.model_dump_json(), str(log)
    subprocess.run([sys.executable, "-c", LOSE, *arguments], check=True)
    outcome = json.loads(Path(f"{log}.outcome").read_text())
    assert (outcome["kind"], outcome["is_lost"]) == ("failed", True)
    assert outcome["reason"].startswith("the process that read the table was ended by SIGKILL")
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize(
    ("added", "source", "n_folds", "expected"),
    [
        ({}, {}, None, True),
        ({}, {}, 3, False),
        ({"1": np.arange(N_ROWS) / 7}, {}, None, False),  # whose name pandas may read as a number
        ({"price": [f"{n},50 EUR" for n in range(N_ROWS)]}, {}, None, False),
        ({"color": np.resize(["red", "green"], N_ROWS)}, {}, None, False),
        ({"is_new": np.resize([True, False], N_ROWS)}, {}, None, False),
        ({"day": pd.date_range("2026-01-02", periods=N_ROWS)}, {}, None, False),
        ({"heft": np.resize([1.0, 2.0], N_ROWS)}, {"weight": "heft"}, None, False),
    ],
)
def test_only_numbers_without_roles_are_mapped_alone(tmp_path, monkeypatch, added, source, n_folds, expected):
    data = prepared(tmp_path, table((1, 0)).assign(**added), **source)
    assert not is_mapped_alone(data, n_folds)
    monkeypatch.setattr("sweepflow.training.big_tables._SMALL", 0)
    assert is_mapped_alone(data, n_folds) is expected
