"""What version 0.1.0 wrote before its files moved can be read: models, ledger, registry, Prefect's results.

tests/recorded/version_0_1_0.tar.xz has a sweep on table.csv whose model the gate promoted as `gated`
and a person as `recorded`, a model with labels, and the two results that Prefect stored.
"""

import json
import tarfile
from pathlib import Path

import pandas as pd
import pytest
from prefect.serializers import JSONSerializer

from commands import call
from sweepflow import LabelledModel, load, load_model
from sweepflow.promotion import Promotion
from sweepflow.result import SweepResult

ARCHIVE = Path(__file__).parents[1] / "recorded/version_0_1_0.tar.xz"
TYPES = ("DateFeatures", "TimeFeatures", "NamedColumns", "PlainBooleans", "PlainNumbers", "PlainText")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recorded")
    with tarfile.open(ARCHIVE) as file:
        file.extractall(folder, filter="data")
    return folder


@pytest.fixture
def home(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SWEEPFLOW_HOME", str(recorded / "home"))
    return recorded / "home"


def test_a_model_with_every_type_of_ours_predicts(recorded: Path) -> None:
    table = pd.read_csv(recorded / "table.csv")
    (file,) = recorded.glob("home/sweeps/*/model.skops")
    model = load_model(file)
    assert (model.predict(table) == table["bought"]).mean() > 0.7
    found = repr(model.get_params())
    assert [name for name in TYPES if name not in found] == []


def test_a_model_with_labels_answers_in_them(recorded: Path) -> None:
    model = load_model(recorded / "labelled.skops")
    assert isinstance(model, LabelledModel)
    assert list(model.predict([[0.0], [19.0]])) == ["no", "yes"]


def test_the_sweep_is_on_record(home: Path) -> None:
    (listed,) = json.loads(call("list", "--json").stdout)["sweeps"]
    assert listed["state"] == "completed"
    sweep = load(listed["sweep_id"])
    assert sweep.folder.parent == home / "sweeps"
    assert list(sweep.trials["state"]) == ["completed", "completed"]
    assert set(sweep.metrics["name"]) == {"roc_auc"}


@pytest.mark.parametrize("name", ["gated", "recorded"])
def test_the_champions_are_shown(home: Path, name: str) -> None:
    done = call("models", name, "--json")
    assert (done.returncode, json.loads(done.stdout)["champion"]) == (0, 1), done.stderr
    assert call("models", name).returncode == 0
    assert home


def test_prefect_gives_the_results_that_it_stored_as_what_they_were(recorded: Path) -> None:
    results = [JSONSerializer().loads(file.read_bytes()) for file in (recorded / "results").iterdir()]
    assert {type(result) for result in results} == {SweepResult, Promotion}
