"""What a search space really draws from, shown before a sweep is run."""

from typing import Any

from sweepflow.expressions import Choice
from sweepflow.history import History
from sweepflow.space import Dimension, dimensions, n_combinations
from sweepflow.spec import Spec
from sweepflow.trial import Parameters
from sweepflow.turns import Turns

_CENTRAL = (0.025, 0.975)
"""A normal type has no bounds: its range is where 95 % of the draws lie."""

_MOST_COMBINATIONS = 10**100


def preview(spec: Spec, n_samples: int = 10) -> dict[str, Any]:
    """The range of each parameter, the number of combinations, and the first trials' parameters.

    `parameters` holds, by path, the type and either `values` (nested ones by their names) or `low` and
    `high`; `combinations` counts those too that the constraints refuse (`is_constrained` says whether there
    are any constraints), and is None for a space that is not finite, or has more than 10**100. The spec must
    have its seed.
    """
    space = spec.search_space
    return {
        "parameters": {
            dimension.path: _described(dimension, spec.sampling_algorithm.base)
            for dimension in dimensions(space)
        },
        "combinations": _countable(n_combinations(space)),
        "is_constrained": bool(spec.constraints),
        "samples": _samples(spec, n_samples),
    }


def _countable(n: int | None) -> int | None:
    # Python writes no number of more than 4300 digits.
    return n if n is not None and n <= _MOST_COMBINATIONS else None


def _described(dimension: Dimension, base: float) -> dict[str, Any]:
    expression = dimension.expression
    if isinstance(expression, Choice):
        values = [f"{i}: {', '.join(inner)}" for i, inner in expression.branches.items()]
        return {"type": expression.type, "values": values or list(expression.options)}
    low, high = _CENTRAL if "normal" in expression.type else (0.0, 1 - 2**-53)
    ends = [expression.quantile(u, base) for u in (low, high)]
    return {"type": expression.type, "low": ends[0], "high": ends[1]}


def _samples(spec: Spec, n: int) -> list[Parameters]:
    history = History(spec.objective)
    turns = Turns(spec, [] if spec.baseline_parameters is None else [spec.baseline_parameters])
    for number in range(min(n, spec.limits.max_total_trials)):
        parameters = turns.propose(history, number)
        if parameters is None:
            break
        history.add(number, parameters)
    return [trial.parameters for trial in history]
