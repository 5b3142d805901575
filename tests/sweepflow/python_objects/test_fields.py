"""Objects that a Python caller passes become the fields of a spec that says the same."""

import os
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from sweepflow import trainer
from sweepflow.errors import DataError, SpecError, TrialError
from sweepflow.python_objects import plain_fields
from sweepflow.training import FunctionTrial

FRAME = pd.DataFrame({"x": range(20), "y": ["a", "b"] * 10})


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SWEEPFLOW_HOME", str(tmp_path))
    return tmp_path


def fields_of(*positional: Any, **fields: Any) -> dict[str, Any]:
    left, plain = plain_fields(positional, fields)
    assert left == ()
    return plain


@pytest.mark.parametrize("is_first", [True, False])
def test_a_frame_becomes_a_file_that_is_written_once(is_first: bool, home: Path) -> None:
    given = {"data": FRAME.copy(), "target": "y"}
    fields = fields_of(given.pop("data"), **given) if is_first else fields_of(**given)
    assert fields["data"]["target"] == "y"
    pd.testing.assert_frame_equal(pd.read_parquet(fields["data"]["path"]), FRAME, check_dtype=False)
    (file,) = (home / "frames").iterdir()
    os.utime(file, (0, 0))
    assert fields_of(FRAME, target="y") == fields
    assert list((home / "frames").iterdir()) == [file]
    assert file.stat().st_mtime > 0  # so that `prune` does not take it for an old one


def test_a_frame_may_stand_for_each_path_of_the_data() -> None:
    fields = fields_of(data={"train": FRAME, "test": FRAME.head(5), "target": "y", "group": "x"})
    assert len(pd.read_parquet(fields["data"]["train"])) == 20
    assert len(pd.read_parquet(fields["data"]["test"])) == 5
    assert (fields["data"]["target"], fields["data"]["group"]) == ("y", "x")


def test_the_index_is_left_out_and_names_become_text() -> None:
    frame = pd.DataFrame({0: [1, 2], "y": [3, 4]}, index=pd.Index(["a", "b"], name="who"))
    path = fields_of(frame, target="y")["data"]["path"]
    assert pd.read_parquet(path).columns.tolist() == ["0", "y"]


@pytest.mark.parametrize(
    ("fields", "path", "words"),
    [
        ({"data": FRAME}, "target", "is required beside a DataFrame"),
        ({"data": {"path": "t.csv"}, "target": "y"}, "target", "stands in data"),
        ({"estimator": SVC(), "trial": {"function": "a:b"}}, "estimator", "write it as trial.estimator"),
    ],
)
def test_what_does_not_go_together_is_told(fields: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(SpecError) as failure:
        plain_fields((), fields)
    (problem,) = failure.value.problems
    assert problem.path == path
    assert words in problem.message


def test_a_column_that_no_table_can_hold_is_named() -> None:
    with pytest.raises(DataError, match=r"cannot be written as a table: .*column odd"):
        plain_fields((FRAME.assign(odd=[1, "a", *[{}] * 18]),), {"target": "y"})


def test_an_estimator_is_its_path_and_what_differs_from_its_defaults() -> None:
    forest = RandomForestClassifier(n_estimators=np.int64(50), class_weight={"a": 2, "b": 1})
    expected = {
        "estimator": "sklearn.ensemble.RandomForestClassifier",
        "parameters": {"n_estimators": 50, "class_weight": {"a": 2, "b": 1}},
    }
    assert fields_of(estimator=forest)["trial"] == expected
    assert fields_of(trial=forest)["trial"] == expected
    assert fields_of(estimator=SVC)["trial"]["estimator"] == "sklearn.svm.SVC"
    both = {"estimator": SVC(C=2), "parameters": {"gamma": 0.5}}
    assert fields_of(trial=both)["trial"]["parameters"] == {"C": 2, "gamma": 0.5}


def test_an_estimator_in_an_estimator_and_the_steps_of_a_pipeline_are_fields_too() -> None:
    inner = {"estimator": "sklearn.svm.SVC", "parameters": {"C": 3}}
    calibrated = fields_of(estimator=CalibratedClassifierCV(SVC(C=3)))["trial"]
    assert calibrated["parameters"]["estimator"] == inner
    assert fields_of(estimator=make_pipeline(PCA(2), SVC(C=3)))["trial"] == {
        "steps": [{"pca": "sklearn.decomposition.PCA"}],
        "estimator": "sklearn.svm.SVC",
        "parameters": {"pca__n_components": 2, "C": 3},
    }


def test_a_class_that_only_the_notebook_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Own(SVC):
        """Not in any file."""

    monkeypatch.setattr(Own, "__module__", "__main__")
    with pytest.raises(SpecError, match=r"trial\.estimator.*Own is in this script or notebook alone"):
        plain_fields((), {"trial": {"estimator": Own()}})


def test_a_function_of_a_cell_is_shipped_with_what_it_refers_to(home: Path) -> None:
    offset = 7

    @trainer
    def train(parameters: dict[str, Any], data: object, report: Any) -> None:
        report(score=parameters["x"] + offset)

    path = fields_of(trial=train)["trial"]["function"]
    assert path.startswith("cell_")
    assert path.endswith(":train")
    reported: dict[str, float] = {}
    trial = FunctionTrial(function=path)
    assert trial.check(frozenset("x"), is_trusted=True) == []
    trial.load()({"x": 1}, None, reported.update)
    assert reported == {"score": 8}
    assert [file.stat().st_mode & 0o077 for file in (home / "functions").iterdir()] == [0]


def test_a_form_cannot_name_a_function_of_a_cell() -> None:
    @trainer
    def train(parameters: object, data: object, report: object) -> None:
        """Do nothing."""

    trial = FunctionTrial(**fields_of(trial=train)["trial"])
    (problem,) = trial.check(frozenset(), is_trusted=False)
    assert "is not allowed in a deployed flow" in problem.message


def test_a_function_that_is_no_trainer_and_one_that_cannot_be_sent_are_told() -> None:
    with pytest.raises(SpecError, match=r"'plain' is not a trainer; put @sweepflow\.trainer above it"):
        plain_fields((), {"trial": lambda_named("plain")})
    lock = Lock()

    @trainer
    def train(parameters: object, data: object, report: object) -> object:
        return lock

    with pytest.raises(SpecError, match=r"'train' cannot be sent to the processes that train: .*lock"):
        plain_fields((), {"trial": train})


def test_a_function_whose_file_is_gone_is_told_in_a_sentence() -> None:
    with pytest.raises(TrialError, match=r"the function of the notebook is gone .*: pass it again"):
        FunctionTrial(function="cell_0123456789ab:train").load()


def lambda_named(name: str) -> Any:
    def function(parameters: object, data: object, report: object) -> None:
        """Do nothing."""

    function.__name__ = name
    return function
