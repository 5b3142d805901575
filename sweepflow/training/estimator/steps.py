"""The steps between the preprocessing and the estimator: transformers with names."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sklearn.pipeline import Pipeline

from sweepflow.errors import Problem, SpecError
from sweepflow.training.estimator.composition import configured, part
from sweepflow.training.estimator.forms import ESTIMATOR
from sweepflow.training.estimator.steps_field import check_form
from sweepflow.trials.parameters import Parameters

PATH = "trial.steps"
_RESERVED = ("preprocess", "estimator")
_LEFT_OUT = (None, "passthrough")


def step_names(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of the steps, in their order."""
    return [name for step in steps for name in step]


def split_steps(names: Collection[str], parameters: Parameters) -> tuple[Parameters, Parameters]:
    """The parameters of the steps, themselves among them, and the others."""
    of_steps = {name: value for name, value in parameters.items() if name.partition("__")[0] in names}
    return of_steps, {name: value for name, value in parameters.items() if name not in of_steps}


def made_steps(
    steps: Sequence[Mapping[str, Any]], parameters: Parameters, drawn: Collection[str]
) -> list[tuple[str, Any]]:
    """The unfitted transformers that are not left out, by name.

    `parameters` are those of the steps. What a step has no parameter for does not count if the step itself is
    drawn, or left out.
    """
    values = {name: parameters.get(name, what) for step in steps for name, what in step.items()}
    kept = [
        (name, transformer(value, place_of(steps, name)))
        for name, value in values.items()
        if value not in _LEFT_OUT
    ]
    if not kept:
        return []
    own = {name: value for name, value in parameters.items() if name not in values}
    optional = {*drawn, *(name for name, value in values.items() if value in _LEFT_OUT)}
    return list(configured(Pipeline(kept), own, "trial.parameters", optional=optional).steps)


def place_of(steps: Sequence[Mapping[str, Any]], name: str) -> str:
    """Where the step stands in the spec."""
    return f"{PATH}.{step_names(steps).index(name)}.{name}"


def transformer(value: Any, path: str) -> Any:
    """The unfitted transformer that the value of a step stands for; SpecError if it is none."""
    check_form(value, path)
    made = part(value, path)
    if not hasattr(made, "transform"):
        name = value if isinstance(value, str) else value[ESTIMATOR]
        raise SpecError([Problem(path, f"'{name}' transforms nothing, so it cannot be a step")])
    return made


def check_names(steps: Sequence[Mapping[str, Any]], own: Collection[str]) -> Iterator[Problem]:
    """The names of steps that mean something else: `own` are the parameters of the estimator."""
    for name in step_names(steps):
        if name in _RESERVED:
            yield Problem(
                place_of(steps, name), f"a step must have another name than {' and '.join(_RESERVED)}"
            )
        elif name in own:
            yield Problem(place_of(steps, name), f"'{name}' is the name of a parameter of the estimator")
