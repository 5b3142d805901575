"""What a search space draws from, shown before a sweep is run."""

from pathlib import Path
from typing import Any

from sweepflow.archive.folder import TRIALS
from sweepflow.running.proposals import Proposals
from sweepflow.space.combinations import n_combinations
from sweepflow.space.expression import Drawn
from sweepflow.space.search_space import dimensions
from sweepflow.spec.spec import Spec
from sweepflow.trials.history import History
from sweepflow.trials.parameters import Parameters

_CENTRAL = (0.025, 0.975)
"""A normal type has no bounds: its range is where 95 % of the draws lie."""

_MOST_COMBINATIONS = 10**100


def preview(spec: Spec, n_samples: int = 10) -> dict[str, Any]:
    """The range of each parameter, the number of combinations, and the first trials' parameters.

    `parameters` holds, by path, the type and either `values` (nested ones by their names) or `low` and
    `high`. `combinations` also counts those that the constraints refuse (`is_constrained` says whether there
    are constraints); it is None for a space that is not finite, or has more than 10**100. `command` is what
    the first trial runs, if it runs a command. The spec must have its seed.
    """
    space = spec.search_space
    samples = _samples(spec, n_samples)
    command = spec.trial.preview(spec.job(samples[0], None, Path(TRIALS, "0000"))) if samples else None
    return {
        "parameters": {dimension.path: _described(dimension.expression) for dimension in dimensions(space)},
        "combinations": _countable(n_combinations(space)),
        "is_constrained": bool(spec.constraints),
        "samples": samples,
        **({} if command is None else {"command": command}),
    }


def _countable(n: int | None) -> int | None:
    # Python prints no number of more than 4300 digits.
    return n if n is not None and n <= _MOST_COMBINATIONS else None


def _described(expression: Drawn) -> dict[str, Any]:
    if expression.options:
        values = [f"{i}: {', '.join(inner)}" for i, inner in expression.branches.items()]
        return {"type": expression.type, "values": values or list(expression.options)}
    low, high = expression.ends if expression.is_bounded else map(expression.quantile, _CENTRAL)
    return {"type": expression.type, "low": low, "high": high}


def _samples(spec: Spec, n: int) -> list[Parameters]:
    history = History(spec.objective)
    proposals = Proposals(spec, [] if spec.baseline_parameters is None else [spec.baseline_parameters])
    for number in range(min(n, spec.limits.max_total_trials)):
        parameters = proposals.propose(history, number)
        if parameters is None:
            break
        history.add(number, parameters)
    return [trial.parameters for trial in history]
