"""The space of every family that a first spec may tune has the estimator's own defaults inside."""

from typing import Any

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


def fields_of(planned: Plan, task: Task) -> dict[str, Any]:
    """A spec that tunes as planned."""
    trial = {"estimator": planned.family.estimator, "parameters": dict(planned.family.parameters)}
    if planned.steps:
        trial["steps"] = parse_yaml(planned.steps)
    return {
        "data": {"path": "t.csv", "target": "y"},
        "trial": trial,
        "search_space": {name: parse_yaml(expression) for name, expression, _ in planned.space},
        "constraints": list(planned.constraints),
        "objective": {"primary_metric": "accuracy" if task.is_classification else "r2", "goal": "maximize"},
        "limits": {"max_total_trials": 30},
    }


@pytest.mark.parametrize("is_careful", [False, True])
@pytest.mark.parametrize(("task", "planned"), PLANS)
def test_the_defaults_are_a_configuration_that_can_be_drawn(
    task: Task, planned: Plan, is_careful: bool
) -> None:
    tried = planned.family.careful if is_careful else {}
    fields = fields_of(planned, task)
    spec = Spec.checked(fields, is_trusted=True)
    defaults = EstimatorTrial.parse(fields["trial"]).defaults(spec.search_space)
    assert defaults is not None
    assert set(defaults) == set(fields["search_space"])
    baseline = {name: tried.get(name, value) for name, value in defaults.items()}
    Spec.checked({**fields, "baseline": baseline}, is_trusted=True)


@pytest.mark.parametrize("task", TASKS)
def test_a_blend_tunes_its_members_around_what_they_were_blended_with(task: Task) -> None:
    members = [
        Member(each, {**each.parameters, **each.careful}, n) for n, each in enumerate(families(task), 1)
    ]
    fields = fields_of(plan(blend(members, is_classification=task.is_classification), task), task)
    spec = Spec.checked(fields, is_trusted=True)
    defaults = EstimatorTrial.parse(fields["trial"]).defaults(spec.search_space)
    assert defaults is not None
    assert {name.partition("__")[0] for name in defaults} == {each.family.part for each in members}
    Spec.checked({**fields, "baseline": defaults}, is_trusted=True)
