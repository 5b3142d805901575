from pathlib import Path

import pytest

from sweepflow.errors import SpecError
from sweepflow.spec.spec import Spec
from sweepflow.sweep_job import translate

PCA = "sklearn.decomposition.PCA"
K_BEST = "sklearn.feature_selection.SelectKBest"


def spec(*values, **fields):
    return {
        "data": {"path": "table.csv", "target": "y"},
        "trial": {
            "estimator": "sklearn.svm.SVC",
            "steps": [{"select": K_BEST}, {"reduce": {"type": "choice", "values": list(values)}}],
        },
        "objective": {"primary_metric": "accuracy", "goal": "maximize"},
        "limits": {"max_total_trials": 2},
        **fields,
    }


def checked(fields):
    job = translate(fields, Path.cwd())
    with job.in_the_users_words():
        return Spec.checked(job.fields, is_trusted=False)


def test_a_drawn_step_is_one_of_the_search_space_and_alone_enough_of_one():
    found = checked(spec(PCA, None))
    assert found.trial.steps == ({"select": K_BEST}, {"reduce": None})
    assert found.search_space["reduce"].options == (PCA, None)
    assert checked(found.model_dump(mode="json")) == found


def test_a_drawn_step_may_be_a_part_with_parameters():
    part = {"estimator": PCA, "parameters": {"n_components": 2}}
    found = checked(spec(part, None, search_space={"C": {"type": "choice", "values": [1, 2]}}))
    assert list(found.search_space) == ["C", "reduce"]
    assert found.search_space["reduce"].options == (part, None)


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        (spec("os.system"), "trial.steps.1.reduce.values.0", "must lie in sklearn, got 'os.system'"),
        (spec(), "trial.steps.1.reduce.values", "must have at least one value"),
        (
            spec({"estimator": PCA, "parameters": {"n_components": -1}}),
            "trial.steps.1.reduce.values.0.parameters.n_components",
            "must be an int in the range [0, inf)",
        ),
        (
            spec(PCA, search_space={"reduce": {"type": "choice", "values": [None]}}),
            "trial.steps.1.reduce",
            "is drawn by search_space.reduce too",
        ),
    ],
)
def test_what_is_wrong_with_a_drawn_step_is_told_where_it_was_written(fields, path, message):
    with pytest.raises(SpecError) as caught:
        checked(fields)
    assert dict(caught.value.problems)[path].startswith(message)
