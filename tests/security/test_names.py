"""What a flow parameter may name is closed."""

import re
import sys

import pytest

from sweepflow.errors import SpecError
from sweepflow.spec.spec import Spec

FUNCTION = {
    "search_space": {"x": {"type": "choice", "values": [1, 2]}},
    "objective": {"primary_metric": "score", "goal": "maximize"},
    "limits": {"max_total_trials": 2},
}
ESTIMATOR = {
    **FUNCTION,
    "data": {"path": "table.csv", "target": "y"},
    "search_space": {"C": {"type": "choice", "values": [1, 2]}},
    "objective": {"primary_metric": "accuracy", "goal": "maximize"},
}


def problems(fields, *, is_trusted=False):
    with pytest.raises(SpecError) as caught:
        Spec.checked(fields, is_trusted=is_trusted)
    return dict(caught.value.problems)


def of_function(function, **options):
    return problems({**FUNCTION, "trial": {"function": function}}, **options)["trial.function"]


def of_estimator(estimator, **parameters):
    return problems(
        {**ESTIMATOR, "trial": {"estimator": estimator, "parameters": parameters}}, is_trusted=True
    )


# --- functions


@pytest.mark.parametrize(
    "function",
    [
        "os:system",
        "subprocess:Popen",
        "builtins:eval",
        "shutil:rmtree",
        "sweepflow.training.function:trainer",
    ],
)
def test_a_function_without_the_mark_is_no_trainer_even_in_the_users_own_shell(function):
    assert "is not a trainer" in of_function(function, is_trusted=True)


@pytest.mark.parametrize(
    "function",
    [
        *(
            "os.system",
            "os:system('x')",
            "os:path.join",
            "os:__class__.__init__",
            "../x:train",
            "/tmp/x:train",
        ),
        *(
            "x/y:train",
            "x..y:train",
            ":train",
            "x:",
            "x:y:z",
            "x: train",
            "x\n:train",
            "x:train\n",
            "1x:train",
        ),
    ],
)
def test_a_function_is_named_by_a_module_and_one_name(function):
    assert "must be package.module:name" in of_function(function, is_trusted=True)


@pytest.fixture
def written(monkeypatch, tmp_path):
    """The file that the module `writes_when_imported` writes."""
    monkeypatch.setenv("WRITTEN_WHEN_IMPORTED", str(tmp_path / "written"))
    monkeypatch.delitem(sys.modules, "writes_when_imported", raising=False)
    yield tmp_path / "written"
    sys.modules.pop("writes_when_imported", None)


NAMED = {**FUNCTION, "trial": {"function": "writes_when_imported:train"}}


@pytest.mark.parametrize(
    "allowed", ["", "other", "writes_when_imported.sub", "writes", "*", "writes_when_imported:train"]
)
def test_a_module_that_is_not_allowed_is_not_imported_in_a_deployed_flow(allowed, written, monkeypatch):
    monkeypatch.setenv("SWEEPFLOW_FUNCTION_MODULES", allowed)
    assert "is not allowed in a deployed flow" in problems(NAMED)["trial.function"]
    broken = {**NAMED, "limits": {"max_total_trials": 0}, "objective": None}
    assert "is not allowed in a deployed flow" in problems(broken)["trial.function"]
    assert not written.exists()


def test_a_module_that_is_allowed_is_imported(written, monkeypatch):
    monkeypatch.setenv("SWEEPFLOW_FUNCTION_MODULES", "other, writes_when_imported")
    Spec.checked(NAMED, is_trusted=False)
    assert written.exists()


def test_reading_a_spec_imports_nothing(written):
    Spec.parse(NAMED)
    assert not written.exists()


# --- estimators


@pytest.mark.parametrize(
    "estimator",
    [
        *(
            "os.system",
            "os:system",
            "subprocess.Popen",
            "builtins.eval",
            "sklearn_evil.SVC",
            "",
            ".",
            ".SVC",
            "SVC",
        ),
        *(
            "sweepflow.training.estimator.EstimatorTrial",
            "xsklearn.svm.SVC",
            " sklearn.svm.SVC",
            "/sklearn.svm.SVC",
        ),
    ],
)
def test_an_estimator_lies_in_an_allowed_package(estimator):
    assert "must lie in sklearn" in of_estimator(estimator)["trial.estimator"]


@pytest.mark.parametrize(
    "estimator",
    [
        *(
            "sklearn.svm.__class__",
            "sklearn.__init__.SVC",
            "sklearn.svm.SVC.__class__",
            "sklearn..svm.SVC",
            "sklearn.",
        ),
        *(
            "sklearn.tests.test_base.MyEstimator",
            "sklearn.conftest.SVC",
            "sklearn.svm.SVC ",
            "sklearn.svm.SVC\n",
        ),
        *("sklearn.svm/../os.system", "sklearn.svm.SVC()", "sklearn.1.SVC"),
    ],
)
def test_an_estimator_is_named_by_the_path_of_a_class(estimator):
    assert "must be the path of a class" in of_estimator(estimator)["trial.estimator"]


@pytest.mark.parametrize(
    ("estimator", "reason"),
    [
        ("sklearn.clone", "is not an estimator"),
        ("sklearn.os", "is not an estimator|there is no"),
        ("sklearn.svm", "is not an estimator|there is no"),
        ("sklearn.utils.os.system", "there is no"),
        ("sklearn.datasets.fetch_openml", "is not an estimator"),
        ("sklearn.base.BaseEstimator", "is not an estimator"),
        ("sklearn.preprocessing.FunctionTransformer", "is neither a classifier nor a regressor"),
        ("sklearn.pipeline.Pipeline", "cannot be made from parameters alone"),
        ("sklearn.ensemble.VotingClassifier", "cannot be made from parameters alone"),
        ("sklearn.ensemble.StackingClassifier", "cannot be made from parameters alone"),
        ("sklearn.model_selection.GridSearchCV", "cannot be made from parameters alone"),
    ],
)
def test_what_is_no_estimator_that_can_be_made_from_numbers_and_texts_is_refused(estimator, reason):
    assert re.search(reason, of_estimator(estimator)["trial.estimator"])


@pytest.mark.parametrize(
    "name", ["__class__", "__dict__", "C__class__", "C.real", "__init__", "preprocess__memory"]
)
def test_no_parameter_reaches_behind_an_estimator(name):
    message = of_estimator("sklearn.svm.SVC", **{name: "x"})[f"trial.parameters.{name}"]
    assert "has no parameter" in message


@pytest.mark.parametrize("kind", ["numeric", "boolean", "categorical", "date"])
def test_no_parameter_makes_the_preprocessing_write_files(kind):
    name = f"preprocess__{kind}__memory"
    assert (
        "has no parameter" in of_estimator("sklearn.svm.SVC", **{name: "/tmp/x"})[f"trial.parameters.{name}"]
    )


# --- the search space, and what is not there yet


@pytest.mark.parametrize(
    "name", ["__class__", "__init__", "a-b", "a.b", "../a", "a/b", "", " ", "<b>", "a\n", "--lr"]
)
def test_a_search_space_name_is_a_plain_word(name):
    space = {name: {"type": "choice", "values": [1, 2]}}
    found = problems({**FUNCTION, "trial": {"function": "a:b"}, "search_space": space})
    assert "a name must" in found[f"search_space.{name}"]


@pytest.mark.parametrize("name", ["__class__", "a/b"])
def test_a_name_within_a_branch_is_a_plain_word_too(name):
    space = {"x": {"type": "choice", "values": [{name: 1}, {"y": 2}]}}
    found = problems({**FUNCTION, "trial": {"function": "a:b"}, "search_space": space})
    assert "a name must" in found[f"search_space.x.values.0.{name}"]


@pytest.mark.parametrize("code", ["../../etc", "/etc", "."])
def test_code_is_no_field_of_a_trial(code):
    found = problems({**FUNCTION, "trial": {"function": "a:b", "code": code}})
    assert "unknown field 'code'" in found["trial.code"]


@pytest.mark.parametrize(
    "condition", ["__import__('os')", "x.real > 1", "x[0] > 1", "(lambda: 1)() > 0", "f'{x}' == 'a'"]
)
def test_a_constraint_calls_nothing_and_reaches_into_nothing(condition):
    found = problems({**FUNCTION, "trial": {"function": "a:b"}, "constraints": [condition]})
    assert "may hold numbers" in found["constraints.0"]


def test_a_constraint_that_has_no_value_is_told():
    found = problems({**FUNCTION, "trial": {"function": "a:b"}, "constraints": ["(0 - x) ** 0.5 > 0"]})
    assert "cannot be decided" in found["constraints.0"]
