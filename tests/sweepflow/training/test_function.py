import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import get_type_hints

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from sweepflow import Report, TrainingData, trainer
from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import load_part
from sweepflow.data.source import DataSource, Validation
from sweepflow.errors import TrialTerminated
from sweepflow.training import FunctionTrial

MODULE = """
from pathlib import Path
from sweepflow import trainer

(Path(__file__).parent / "imported").touch()
CONSTANT = 3
seen = []


@trainer
def train(parameters, data, report):
    seen.append((parameters, data))
    report(loss=parameters.get("x", 1.0))
    return {"x": parameters.get("x")}


@trainer
def by_mapping(parameters, data, report):
    report({"loss": 1, "not an identifier": 2}, accuracy=3)


@trainer
def changes_its_parameters(parameters, data, report):
    parameters["x"] = 99


@trainer
def swallows(parameters, data, report):
    try:
        report(loss=1)
    except Exception:
        return "went on"


@trainer
def counts_its_attempts(parameters, data, report):
    attempts = report.folder / "attempts"
    with attempts.open("a") as file:
        file.write("another\\n")
    seen.append(report.folder)
    report(loss=len(attempts.read_text().splitlines()))


def plain(parameters, data, report):
    return None
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path with the module `trainers_of_a_test`."""
    (tmp_path / "trainers_of_a_test.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("SWEEPFLOW_FUNCTION_MODULES", raising=False)
    yield tmp_path
    for name in ("trainers_of_a_test", "broken_module"):
        sys.modules.pop(name, None)


def function(name, module="trainers_of_a_test"):
    return FunctionTrial(function=f"{module}:{name}")


def message(trial, *, is_trusted=True):
    (problem,) = trial.check(frozenset({"x"}), is_trusted=is_trusted)
    assert problem.path == "trial.function"
    return problem.message


def run(name, job):
    reports = []
    return reports, function(name).train(job, reports.append)


# --- which functions may be named


def test_a_marked_function_is_no_problem(folder):
    assert function("train").check(frozenset({"anything"}), is_trusted=True) == []


def test_a_function_without_the_mark_is_refused(folder):
    assert message(function("plain")) == (
        "'trainers_of_a_test:plain' is not a trainer; put @sweepflow.trainer above it"
    )


def test_a_name_that_lacks_is_a_problem_that_lists_the_marked_functions(folder):
    assert message(function("trian")) == (
        "the module 'trainers_of_a_test' has no function 'trian'; it has "
        "train, by_mapping, changes_its_parameters, swallows, counts_its_attempts"
    )


def test_a_name_that_is_no_function_is_a_problem(folder):
    assert "has no function 'CONSTANT'" in message(function("CONSTANT"))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("def train(parameters): pass", "must take (parameters, data, report), but takes (parameters)"),
        ("def train(parameters, data, report, more): pass", "but takes (parameters, data, report, more)"),
        ("def train(*, parameters, data, report): pass", "but takes (*, parameters, data, report)"),
        ("def train(): pass", "must take (parameters, data, report), but takes ()"),
        (
            "async def train(parameters, data, report): pass",
            "must be a plain function, without async or yield",
        ),
        ("def train(parameters, data, report): yield", "must be a plain function, without async or yield"),
    ],
)
def test_a_trainer_that_no_trial_could_call_is_refused(folder, code, told):
    (folder / "broken_module.py").write_text(f"from sweepflow import trainer\n@trainer\n{code}")
    assert told in message(function("train", "broken_module"))


@pytest.mark.parametrize(
    "code",
    [
        "def train(p, d, r): pass",
        "def train(*args): pass",
        "def train(parameters, data, report, verbose=False, **more): pass",
        "class train:\n    def __init__(self, parameters, data, report): pass",
    ],
)
def test_a_trainer_may_call_its_arguments_what_it_likes(folder, code):
    (folder / "broken_module.py").write_text(f"from sweepflow import trainer\n@trainer\n{code}")
    assert function("train", "broken_module").check(frozenset(), is_trusted=True) == []


def test_a_file_or_a_dot_in_the_place_of_a_module_is_told(folder):
    told = message(function("train", "trainers_of_a_test.py"))
    assert told.endswith("; write trainers_of_a_test:train, without .py")
    with pytest.raises(ValidationError, match=r"got 'a\.b\.train'; did you mean 'a\.b:train'"):
        FunctionTrial(function="a.b.train")


def test_functions_of_the_standard_library_are_not_marked():
    assert "'os:system' is not a trainer" in message(function("system", "os"))


def test_a_module_that_lacks_is_a_problem():
    found = message(function("train", "no_such_module"))
    assert found.startswith("cannot import 'no_such_module': ModuleNotFoundError: No module named")


@pytest.mark.parametrize(
    ("code", "reason"),
    [("1 / 0", "ZeroDivisionError"), ("def", "SyntaxError"), ("raise SystemExit(2)", "SystemExit: 2")],
)
def test_a_module_that_cannot_be_imported_is_a_problem(code, reason, folder):
    (folder / "broken_module.py").write_text(code, encoding="utf-8")
    assert f"cannot import 'broken_module': {reason}" in message(function("train", "broken_module"))


@pytest.mark.parametrize("name", ["train", "a.b", "a:b.c", "a:b()", "os;x:y", "../a:b", "a b:c", ":x", "a:"])
def test_a_name_of_another_form_is_refused(name):
    with pytest.raises(ValidationError, match=r"must be package\.module:name, got"):
        FunctionTrial(function=name)


def test_the_mark_leaves_the_function_as_it_is():
    def train(parameters, data, report):
        return parameters, data, report

    assert trainer(train) is train
    assert train(1, 2, 3) == (1, 2, 3)


# --- the allow-list


def test_a_module_that_is_not_allowed_is_refused_and_not_imported(folder):
    found = message(function("train"), is_trusted=False)
    assert "'trainers_of_a_test' is not allowed in a deployed flow (allowed: none)" in found
    assert "SWEEPFLOW_FUNCTION_MODULES" in found
    assert not (folder / "imported").exists()
    assert function("train").check(frozenset(), is_trusted=True) == []
    assert (folder / "imported").exists()  # so the file does tell


@pytest.mark.parametrize("allowed", ["trainers_of_a_test", "other, trainers_of_a_test ,"])
def test_a_module_on_the_allow_list_is_imported(allowed, folder, monkeypatch):
    monkeypatch.setenv("SWEEPFLOW_FUNCTION_MODULES", allowed)
    assert function("train").check(frozenset(), is_trusted=False) == []
    assert "is not a trainer" in message(function("plain"), is_trusted=False)


@pytest.mark.parametrize("allowed", ["trainers_of_a", "trainers_of_a_test.sub", "*", ""])
def test_another_name_on_the_allow_list_does_not_allow_it(allowed, folder, monkeypatch):
    monkeypatch.setenv("SWEEPFLOW_FUNCTION_MODULES", allowed)
    assert "is not allowed" in message(function("train"), is_trusted=False)
    assert not (folder / "imported").exists()


def test_the_module_of_a_served_spec_is_allowed(folder, monkeypatch):
    monkeypatch.setenv("SWEEPFLOW_FUNCTION_MODULES", "other")
    function("train").allow_in_deployments({})
    assert function("train").check(frozenset(), is_trusted=False) == []
    assert "is not allowed" in message(function("train", "another_module"), is_trusted=False)


# --- what a function is given, and gives


def test_a_function_is_given_its_parameters_and_no_data_if_the_spec_has_none(folder, job):
    reports, trained = run("train", job(None, "loss", x=0.5, kind="a"))
    assert sys.modules["trainers_of_a_test"].seen == [({"x": 0.5, "kind": "a"}, None)]
    assert reports == [{"loss": 0.5}]
    assert trained.model == {"x": 0.5}
    assert trained.metrics == {}


def test_a_function_is_given_the_raw_training_and_validation_rows(folder, job, prepared):
    prepared_data = prepared("label")
    run("train", job(prepared_data, "loss"))
    ((_, data),) = sys.modules["trainers_of_a_test"].seen
    assert isinstance(data, TrainingData)
    for part, features, target in (
        ("train", data.X_train, data.y_train),
        ("validation", data.X_validation, data.y_validation),
    ):
        table = load_part(prepared_data.folder, part)
        pd.testing.assert_frame_equal(features, table.drop(columns="label"))
        assert target.tolist() == table["label"].tolist()
        assert isinstance(target, np.ndarray)
        assert len(target) == prepared_data.n_rows[part]


def test_a_function_is_given_the_weights_and_groups_of_its_rows(folder, job, source, tmp_path):
    asked = DataSource(
        path=str(source), target="amount", weight="size", group="color", drop=("label", "kind")
    )
    table = pd.read_csv(source).assign(size=range(240))
    table.to_csv(tmp_path / "t.csv", index=False)
    asked = asked.model_copy(update={"path": str(tmp_path / "t.csv")})
    data = prepare(asked, Validation(), tmp_path, is_classifier=False)
    run("train", job(data, "loss"))
    ((_, given),) = sys.modules["trainers_of_a_test"].seen
    assert "size" not in given.X_train
    assert given.roles_train.weight.tolist() == table["size"][given.X_train["id"]].tolist()
    assert len(given.roles_validation.group) == len(given.y_validation)
    assert given.roles_train.time is None


def test_metrics_are_reported_by_keyword_and_by_mapping_at_once(folder, job):
    reports, trained = run("by_mapping", job(None, "loss"))
    assert reports == [{"loss": 1, "not an identifier": 2, "accuracy": 3}]
    assert trained.model is None


def test_a_function_may_change_its_own_parameters_only(folder, job):
    work = job(None, "loss", x=1)
    run("changes_its_parameters", work)
    assert work.parameters == {"x": 1}


def test_a_stop_goes_through_a_function_that_catches_every_exception(folder, job):
    def stop(metrics):
        raise TrialTerminated

    with pytest.raises(TrialTerminated):
        function("swallows").train(job(None, "loss"), stop)


def test_what_a_function_writes_to_its_folder_stays_and_a_further_attempt_finds_it(folder, job, tmp_path):
    own = tmp_path / "trials" / "0007"
    own.mkdir(parents=True)
    work = job(None, "loss").model_copy(update={"folder": own})
    assert [run("counts_its_attempts", work)[0] for _ in range(2)] == [[{"loss": 1}], [{"loss": 2}]]
    assert [path.name for path in own.iterdir()] == ["outputs"]
    assert (own / "outputs").stat().st_mode & 0o077 == 0
    assert (own / "outputs/attempts").read_text() == "another\n" * 2


def test_where_nobody_would_read_it_the_folder_of_a_function_is_gone_afterwards(folder, job):
    reports, _ = run("counts_its_attempts", job(None, "loss"))
    assert reports == [{"loss": 1}]
    (own,) = sys.modules["trainers_of_a_test"].seen
    assert not own.exists()


def test_a_trainer_can_be_called_without_a_sweep(folder, tmp_path):
    reported: list[dict[str, object]] = []
    trainers = importlib.import_module("trainers_of_a_test")
    for train in (trainers.by_mapping, trainers.counts_its_attempts):
        train({}, None, Report(str(tmp_path), reported.append))
    assert reported == [{"loss": 1, "not an identifier": 2, "accuracy": 3}, {"loss": 1}]


# --- functions that only this process has


@pytest.fixture
def in_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """A trainer in the program itself, as a script or a notebook's cell defines it."""
    monkeypatch.setattr(sys.modules["__main__"], "train", trainer(lambda *_: None), raising=False)


@pytest.mark.usefixtures("in_program")
@pytest.mark.parametrize("is_trusted", [True, False])
def test_a_function_of_the_program_itself_is_refused_with_the_cure(
    is_trusted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWEEPFLOW_FUNCTION_MODULES", "__main__")
    assert message(function("train", "__main__"), is_trusted=is_trusted) == (
        "the module '__main__' is in this process alone, a script or a notebook, and the processes that "
        "train cannot import it; pass the function itself, tune(trial=train, ...), or put it into a file, "
        "such as training.py, and write training:train"
    )


def test_a_module_that_was_made_by_hand_is_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    made = ModuleType("made_by_hand")
    monkeypatch.setattr(made, "train", trainer(lambda *_: None), raising=False)
    monkeypatch.setitem(sys.modules, "made_by_hand", made)
    assert "'made_by_hand' is in this process alone" in message(function("train", "made_by_hand"))


def test_a_program_without_that_function_is_refused_for_the_same_reason() -> None:
    assert "is in this process alone" in message(function("no_such_function", "__main__"))


def test_a_function_gets_several_targets_as_columns_in_the_order_of_the_spec(folder, tmp_path, job):
    table = pd.DataFrame({"x": range(20), "a": range(100, 120), "b": range(20)})
    table.to_csv(tmp_path / "t.csv", index=False)
    source = DataSource(path=str(tmp_path / "t.csv"), target=["b", "a"])
    data = prepare(source, Validation(), tmp_path / "cache", is_classifier=None)
    run("train", job(data, "loss"))
    _, given = importlib.import_module("trainers_of_a_test").seen[-1]
    assert list(given.X_train) == ["x"]
    np.testing.assert_array_equal(given.y_train, given.X_train[["x", "x"]] + [0, 100])
    assert given.y_validation.shape == (4, 2)


def test_the_types_of_the_training_data_can_be_asked_for():
    assert set(get_type_hints(TrainingData)) >= {"X_train", "y_train"}
