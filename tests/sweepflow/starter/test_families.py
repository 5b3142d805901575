"""The space of every family that a first spec may tune has the estimator's own defaults inside."""

import pytest

from sweepflow.fields.yaml import parse_yaml
from sweepflow.spec.spec import Spec
from sweepflow.starter import Plan, Task, families, plan
from sweepflow.starter.families import Member, blend
from sweepflow.training.estimator.trial import EstimatorTrial

TASKS = [
    Task(is_classification, n_classes, n_rows, is_uneven, n_columns=4, has_many_rows=n_rows > 5000)
    for is_classification, n_classes, is_uneven in ((False, 0, False), (True, 2, False), (True, 30, True))
    for n_rows in (40, 1000, 20_000)
]
PLANS = [(task, plan(family, task)) for task in TASKS for family in families(task)]


@pytest.mark.parametrize("is_careful", [False, True])
@pytest.mark.parametrize(("task", "planned"), PLANS)
def test_the_defaults_are_a_configuration_that_can_be_drawn(
    task: Task, planned: Plan, is_careful: bool
) -> None:
    tried = planned.family.careful if is_careful else {}
    estimator = {"estimator": planned.family.estimator, "parameters": dict(planned.family.parameters)}
    space = {name: parse_yaml(expression) for name, expression, _ in planned.space}
    if planned.steps:
        estimator["steps"] = parse_yaml(planned.steps)
    metric = "accuracy" if task.is_classification else "r2"
    defaults = EstimatorTrial.parse(estimator).load()().get_params()
    Spec.checked(
        {
            "data": {"path": "t.csv", "target": "y"},
            "trial": estimator,
            "search_space": space,
            "constraints": list(planned.constraints),
            "objective": {"primary_metric": metric, "goal": "maximize"},
            "limits": {"max_total_trials": 30},
            "baseline": {name: {"curve": None, **defaults, **tried}[name] for name in space},
        },
        is_trusted=True,
    )


@pytest.mark.parametrize("task", TASKS)
def test_a_blend_tunes_its_members_around_what_they_were_blended_with(task: Task) -> None:
    members = [
        Member(each, {**each.parameters, **each.careful}, n) for n, each in enumerate(families(task), 1)
    ]
    planned = plan(blend(members, is_classification=task.is_classification), task)
    trial = {"estimator": planned.family.estimator, "parameters": dict(planned.family.parameters)}
    space = {name: parse_yaml(expression) for name, expression, _ in planned.space}
    metric = "accuracy" if task.is_classification else "r2"
    fields = {
        "data": {"path": "t.csv", "target": "y"},
        "trial": trial,
        "search_space": space,
        "constraints": list(planned.constraints),
        "objective": {"primary_metric": metric, "goal": "maximize"},
        "limits": {"max_total_trials": 30},
    }
    spec = Spec.checked(fields, is_trusted=True)
    defaults = EstimatorTrial.parse(trial).defaults(spec.search_space)
    assert defaults is not None
    assert {name.partition("__")[0] for name in defaults} == {each.family.part for each in members}
    Spec.checked({**fields, "baseline": defaults}, is_trusted=True)
