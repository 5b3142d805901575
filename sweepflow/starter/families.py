"""The estimators that a first spec chooses among, and their search spaces, which have the defaults inside."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sweepflow.starter.scalars import flow

_MOST_CLASSES_BOOSTED = 20
"""Boosting grows a tree for each class in every round."""

_MOST_COLUMNS_CURVED = 60
"""Splines make seven columns of one."""

_SPLINES = "sklearn.preprocessing.SplineTransformer"
_CEILING = 1000
_STEP = 50
_ROWS_OF_LEAVES = 500


_SMALL_STEPS = {
    "learning_rate": 0.05,
    "max_iter": 200,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 10,
    "l2_regularization": 1.0,
    "max_features": 0.5,
}


_OF_MEMBERS = {
    "boosting": ("learning_rate", "max_iter", "max_leaf_nodes", "min_samples_leaf", "class_weight"),
    "forest": ("max_features", "class_weight"),
    "trees": ("max_features", "class_weight"),
    "linear": ("C", "alpha", "class_weight"),
    "splines": ("C", "alpha", "class_weight"),
}
"""The parameters of its members that a blend tunes; more would spread its trials too thin."""


_QUICK = {
    "learning_rate": "{type: loguniform, low: 0.03, high: 0.2}",
    "max_iter": "{type: choice, values: [100, 200, 400]}",
    "max_leaf_nodes": "{type: choice, values: [7, 15, 31]}",
}
"""What boosting draws in a blend: others make good what more and larger trees would."""


class Family(NamedTuple):
    """A kind of estimator, for one task."""

    name: str
    estimator: str
    parameters: Mapping[str, Any]
    """The parameters that stay fixed."""
    part: str = ""
    """What it is called as a part of a blend."""
    careful: Mapping[str, Any] = {}
    """A usual configuration of its space, if its defaults alone do not show what tuning will find."""
    members: tuple["Member", ...] = ()
    """What it blends, if it is a blend."""


class Member(NamedTuple):
    """A family in a blend, with the parameters that it has there."""

    family: Family
    parameters: Mapping[str, Any]
    weight: int = 1


class Task(NamedTuple):
    """What a family's search space depends on."""

    is_classification: bool
    n_classes: int
    n_rows: int
    is_uneven: bool
    """Whether each class counts the same, though one is much larger than the others."""
    n_columns: int
    has_many_rows: bool
    """Whether there are rows to spare, of every class, for boosting to see when it should end."""


class Plan(NamedTuple):
    """The blocks of a spec about what is trained: each parameter's expression, with a comment."""

    family: Family
    iterations: str | None
    """How it grows, if it does."""
    space: tuple[tuple[str, str, str], ...]
    """Name, expression and comment of each parameter that is drawn."""
    constraints: tuple[str, ...]
    steps: str | None = None
    """What stands before the estimator, if anything."""


def families(task: Task) -> tuple[Family, ...]:
    """The candidates for a task; the first one where nothing is known about the others."""
    kind = "Classifier" if task.is_classification else "Regressor"
    random = {"random_state": 0}
    linear = (
        Family("logistic regression", "sklearn.linear_model.LogisticRegression", {"max_iter": 1000}, "linear")
        if task.is_classification
        else Family("ridge regression", "sklearn.linear_model.Ridge", {}, "linear")
    )
    boosting = f"sklearn.ensemble.HistGradientBoosting{kind}"
    all_families = (
        Family("gradient boosting", boosting, random, "boosting", _SMALL_STEPS),
        Family("random forest", f"sklearn.ensemble.RandomForest{kind}", random, "forest"),
        Family("extra trees", f"sklearn.ensemble.ExtraTrees{kind}", random, "trees"),
        linear,
        *([_with_splines(linear)] if _can_curve(task) else []),
    )
    return all_families[1:] if task.n_classes > _MOST_CLASSES_BOOSTED else all_families


def _can_curve(task: Task) -> bool:
    """Whether splines take seconds at most."""
    return task.n_classes <= 2 and task.n_columns <= _MOST_COLUMNS_CURVED and not task.has_many_rows


def _with_splines(linear: Family) -> Family:
    """The same estimator, for which splines make curves of straight lines."""
    curve = _as_parameter(_SPLINES, {"extrapolation": "linear"})
    steps = [{"curve": curve}, {linear.part: _as_parameter(linear.estimator, linear.parameters)}]
    return Family(f"{linear.name} with splines", "sklearn.pipeline.Pipeline", {"steps": steps}, "splines")


def _as_parameter(estimator: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {"estimator": estimator, **({"parameters": dict(parameters)} if parameters else {})}


def blend(members: Sequence[Member], *, is_classification: bool) -> Family:
    """The mean of what these predict, each as often as its weight says."""
    kind = "Classifier" if is_classification else "Regressor"
    parts = [{each.family.part: _as_parameter(each.family.estimator, each.parameters)} for each in members]
    weights = [each.weight for each in members]
    parameters = {**({"voting": "soft"} if is_classification else {}), "weights": weights}
    names = " and ".join(each.family.name for each in members)
    if len(members) > 2:
        names = names.replace(" and ", ", ", len(members) - 2)
    path = f"sklearn.ensemble.Voting{kind}"
    return Family(f"a blend of {names}", path, {**parameters, "estimators": parts}, members=tuple(members))


def plan(family: Family, task: Task) -> Plan:
    """What the spec says about tuning this family."""
    if family.members:
        return _blend(family, task)
    if "HistGradientBoosting" in family.estimator:
        return _boosting(family, task)
    if family.part == "splines":
        return _splines(family, task)
    return _linear(family, task) if "linear_model" in family.estimator else _forest(family, task)


def _boosting(family: Family, task: Task) -> Plan:
    leaves = [5, 10, 20, 50] if task.n_rows >= _ROWS_OF_LEAVES else [2, 5, 10, 20]
    space = [
        ("learning_rate", "{type: loguniform, low: 0.02, high: 0.3}", "how far each round goes"),
        ("max_leaf_nodes", _choice(7, 15, 31, 63), "how large a tree may be"),
        ("min_samples_leaf", _choice(*leaves), "rows behind each prediction"),
        ("l2_regularization", _choice(0.0, 0.1, 1.0, 10.0), "how cautious a prediction is"),
        ("max_features", _choice(0.3, 0.5, 0.75, 1.0), "share of columns a split looks at"),
        *_class_weight(task),
    ]
    if task.has_many_rows:
        ceiling = {"max_iter": _CEILING, "early_stopping": True}
        grown = family._replace(parameters={**ceiling, **family.parameters})
        return Plan(grown, f"{{parameter: max_iter, step: {_STEP}}}", tuple(space), ())
    rounds = _choice(50, 100, 200, 400, 800)
    space.insert(1, ("max_iter", rounds, "rounds: the more, the smaller each should be"))
    product = "learning_rate * max_iter"
    return Plan(family, None, tuple(space), (f"{product} >= 4", f"{product} <= 40"))


def _blend(family: Family, task: Task) -> Plan:
    """The parameters of the members that matter most; their weights stay as they were found."""
    space: list[tuple[str, str, str]] = []
    constraints: list[str] = []
    for member in family.members:
        part = member.family.part
        planned = plan(member.family, task._replace(has_many_rows=False))
        inner = planned.family.part
        prefix = part if inner == part else f"{part}__{inner}"
        for name, expression, comment in planned.space:
            if name in _OF_MEMBERS[part]:
                space.append((f"{prefix}__{name}", _QUICK.get(name, expression), comment))
        constraints += [re.sub(r"\b([a-z])", rf"{prefix}__\1", rule) for rule in planned.constraints]
    return Plan(family, None, tuple(space), tuple(constraints))


def _forest(family: Family, task: Task) -> Plan:
    default = "sqrt" if task.is_classification else 1.0
    shares = [share for share in (0.1, 0.2, 0.35, 0.5, 0.75, 1.0) if share != default]
    space = [
        ("max_features", _choice(default, *shares), "share of columns a split looks at"),
        ("min_samples_leaf", _choice(1, 2, 3, 5, 10), "rows behind each prediction"),
        *_class_weight(task),
    ]
    if task.is_classification:
        space.append(("criterion", _choice("gini", "entropy"), "what makes a good split"))
    if "ExtraTrees" in family.estimator:
        space.append(("bootstrap", _choice(False, True), "whether each tree sees a sample of the rows"))
    else:
        space.append(("max_samples", _choice(None, 0.5, 0.75), "share of rows a tree sees; null: as many"))
    forest = family._replace(parameters={"n_estimators": 300, **family.parameters})
    return Plan(forest, None, tuple(space), ())


def _linear(family: Family, task: Task) -> Plan:
    space = _cautious(task)
    if not _can_curve(task):
        return Plan(family, None, space, ())
    curve = ("curve", _choice(None, _SPLINES), "null: straight lines; splines: curves")
    return Plan(family, None, (curve, *space), (), "[{curve: null}]")


def _splines(family: Family, task: Task) -> Plan:
    """Tunes the estimator itself, with the splines as a step before it."""
    *before, last = family.parameters["steps"]
    ((part, linear),) = last.items()
    alone = Family(family.name, linear["estimator"], linear.get("parameters", {}), part)
    knots = ("curve__n_knots", _choice(3, 4, 5, 7, 10), "the more, the finer the curves")
    return Plan(alone, None, (knots, *_cautious(task)), (), flow(before))


def _cautious(task: Task) -> tuple[tuple[str, str, str], ...]:
    if task.is_classification:
        drawn = ("C", "{type: loguniform, low: 0.001, high: 1000}", "the smaller, the more cautious")
    else:
        drawn = ("alpha", "{type: loguniform, low: 0.001, high: 10000}", "the larger, the more cautious")
    return (drawn, *_class_weight(task))


def _class_weight(task: Task) -> list[tuple[str, str, str]]:
    comment = "balanced: every class counts the same"
    return [("class_weight", _choice(None, "balanced"), comment)] if task.is_uneven else []


def _choice(*values: object) -> str:
    return flow({"type": "choice", "values": list(values)})
