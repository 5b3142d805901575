"""The steps of a spec that are drawn: an expression in the place of a step is one of the search space."""

from collections.abc import Mapping
from typing import Any

from sweepflow.errors import Problem, SpecError


def with_drawn_steps(fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The fields with null for each drawn step, which the search space draws; and where those had stood.

    SpecError for one that the search space draws already. What is no list of steps stays as it is.
    """
    trial, space = fields.get("trial"), fields.get("search_space", {})
    if not isinstance(trial, Mapping) or not isinstance(space, Mapping):
        return dict(fields), {}
    steps = trial.get("steps")
    if not isinstance(steps, list | tuple):
        return dict(fields), {}
    drawn, places, others = dict(space), {}, list(steps)
    for index, step in enumerate(steps):
        for name, what in step.items() if isinstance(step, Mapping) and len(step) == 1 else ():
            if not isinstance(what, Mapping) or "type" not in what:
                continue
            place = f"trial.steps.{index}.{name}"
            if name in drawn:
                raise SpecError([Problem(place, f"is drawn by search_space.{name} too")])
            drawn[name] = _literal(what)
            others[index], places[f"search_space.{name}"] = {name: None}, place
    if not places:
        return dict(fields), {}
    return {**fields, "trial": {**trial, "steps": others}, "search_space": drawn}, places


def _literal(expression: Mapping[str, Any]) -> dict[str, Any]:
    """The expression, by which a mapping is a part and no branch."""
    values = expression.get("values")
    has_parts = isinstance(values, list | tuple) and any(isinstance(value, Mapping) for value in values)
    return {**expression, "literal": True} if has_parts else dict(expression)
