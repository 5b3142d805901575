"""Bayesian sampling: a model of the finished trials says where the next one should be.

Two models: `tpe`, Optuna's tree-structured Parzen estimator, and `gp`, a Gaussian process of our own.
`auto` takes

- `gp`, if all parameters are numbers, at most 40 of them;
- `gp` and `tpe` in turns (trials of odd and even number), if some are categories, at most 40 in all;
- `tpe` beyond that.

The reasons, as medians of 10 seeds by benchmarks/search_quality.py (Optuna 5.0.0): after 100 trials `gp`
came to 3.6 on Rosenbrock-4 (`tpe` 15.9, Optuna's TPE 23.6, its GP 25.7), to 2.74 on Ackley-5 (4.77, 5.75,
4.35), and to the optimum of Branin and of Hartmann-6; on SVC and gradient boosting, whose values jump, it is
as good as Optuna's TPE within the spread of the seeds. It was ahead of `tpe` on Rosenbrock and Ackley in 10,
20 and 40 dimensions too; more were not measured. On a pipeline with categorical choices neither was ahead
alone (AUC: both 0.99586); taking turns came to 0.99603, and Optuna's TPE to 0.99604.
"""

from collections.abc import Iterator
from itertools import count, islice
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sweepflow.errors import Problem
from sweepflow.fields.model import Seed, WholeNumber, lowered
from sweepflow.sampling.algorithm import Algorithm
from sweepflow.sampling.random import RandomSampling
from sweepflow.sampling.surrogates.axes import axes_of
from sweepflow.sampling.surrogates.observations import Observation, Point, before, observations
from sweepflow.space.constraints import Allows, anything
from sweepflow.space.search_space import SearchSpace, dimensions, realize
from sweepflow.trials.history import History
from sweepflow.trials.parameters import Parameters, configuration_key

_N_ASKS = 5
"""How often TPE may propose what has been tried, or is not allowed, before it is overruled."""
_N_REDRAWS = 50
_MAX_SOBOL_DIMENSIONS = 1000
_MAX_GP_PARAMETERS = 40
"""As far as it was compared with TPE."""
_MIN_TRIALS_PER_PARAMETER = 20
_MAX_CONCURRENT = 20


class BayesianSampling(Algorithm):
    """Draws that learn from the finished trials; for any search space."""

    type: Literal["bayesian"] = Field(
        default="bayesian", description="draws that learn from the finished trials"
    )
    seed: Seed | None = Field(
        default=None,
        description="With it, trials that end in the same order are the same; empty: one is drawn.",
    )
    model: Annotated[Literal["auto", "tpe", "gp"], BeforeValidator(lowered)] = Field(
        default="auto",
        description="tpe: densities of good and bad trials; gp: a Gaussian process; auto: by the space.",
    )
    startup_trials: WholeNumber = Field(
        default=10,
        ge=1,
        description="Finished trials before the model is asked; until then draws are random.",
    )
    deterministic: bool = Field(
        default=False,
        description="The same trials at any timing: a trial learns only from those at least lag earlier.",
    )
    lag: WholeNumber | None = Field(
        default=None,
        ge=1,
        description="How far back a deterministic trial looks; empty: the number of concurrent trials.",
    )

    @model_validator(mode="after")
    def _refuse_lag_alone(self) -> Self:
        if self.lag is not None and not self.deterministic:
            raise PydanticCustomError("lag_alone", "lag has no effect unless deterministic is true")
        return self

    def check(self, space: SearchSpace) -> list[Problem]:
        """Too many parameters for the Gaussian process, if that is the model."""
        n_parameters = len(dimensions(space))
        if self.model != "gp" or n_parameters <= _MAX_SOBOL_DIMENSIONS:
            return []
        message = f"gp takes at most {_MAX_SOBOL_DIMENSIONS} parameters, got {n_parameters}"
        return [Problem("sampling_algorithm.model", message)]

    def notices(self, space: SearchSpace, max_total_trials: int, slots: int) -> list[str]:
        """What to expect little of: too few trials to learn, or too many that learn nothing of each other."""
        n_parameters = len(dimensions(space))
        enough = _MIN_TRIALS_PER_PARAMETER * n_parameters
        notices = []
        if max_total_trials < enough:
            notices.append(
                f"limits.max_total_trials: bayesian sampling learns best from at least {enough} trials "
                f"({_MIN_TRIALS_PER_PARAMETER} for each of {n_parameters} parameters), got {max_total_trials}"
            )
        if slots > _MAX_CONCURRENT:
            notices.append(
                f"limits.max_concurrent_trials: beyond {_MAX_CONCURRENT} concurrent trials, each learns from "
                f"too few others, got {slots}"
            )
        return notices

    def settled(self, seed: int, slots: int) -> Self:
        """The same with its seed and its lag recorded, where they were left open."""
        return super().settled(seed, slots).with_lag(slots)

    def with_lag(self, max_concurrent_trials: int) -> Self:
        """The same with the default of its lag recorded, where it needs one and none was given."""
        if not self.deterministic or self.lag is not None:
            return self
        return self.model_copy(update={"lag": max_concurrent_trials})

    def is_ready(self, history: History, number: int) -> bool:
        """Whether trial `number` may be proposed now: a deterministic one waits for those it learns from."""
        newest = number - self._lag if self._lag else -1
        return all(trial.state.is_final for trial in history if trial.number <= newest)

    def propose(
        self,
        space: SearchSpace,
        history: History,
        number: int,
        seed: int,
        allows: Allows = anything,
    ) -> Parameters | None:
        """The parameters of trial `number`, given the trials before it.

        A function of its arguments; with `deterministic`, of the values of those trials up to
        `number - lag` alone, which must have ended (see `is_ready`). No configuration is proposed twice
        until a finite space is exhausted, which gives None; where all values are quantised, one may be,
        when no other is found by chance. What `allows` refuses is not proposed; ConstraintError if
        nothing else is found.
        """
        past = before(history, number)
        observed = observations(space, past, number, self._lag)
        n_scored = sum(observation.score is not None for observation in observed)
        is_gp = self._is_gp(space, number)
        model = _gp_points if is_gp else _tpe_points
        has_enough = n_scored >= self.startup_trials
        points = model(space, past, observed, _seeds(seed, number)) if has_enough else iter(())
        for point in points:
            parameters = realize(space, point)
            if configuration_key(parameters) not in past.configurations and allows(parameters):
                return parameters
        rule: Literal["random", "sobol"] = "sobol" if is_gp else "random"
        return _untaken(space, past, number, seed, rule, allows)

    @property
    def _lag(self) -> int | None:
        return (self.lag or 1) if self.deterministic else None

    def _is_gp(self, space: SearchSpace, number: int) -> bool:
        if self.model != "auto":
            return self.model == "gp"
        axes = axes_of(space)
        is_mixed = any(axis.n_categories is not None for axis in axes)
        return len(axes) <= _MAX_GP_PARAMETERS and (not is_mixed or number % 2 == 1)


def _tpe_points(
    space: SearchSpace, past: History, observed: list[Observation], seeds: Iterator[int]
) -> Iterator[Point]:
    # Imported here, as below: each takes a quarter of a second, and most sweeps need none of it.
    from sweepflow.sampling.surrogates.tpe import tpe_study

    study = tpe_study(space, past, observed)
    return (study.propose(seed) for seed in islice(seeds, _N_ASKS))


def _gp_points(
    space: SearchSpace, past: History, observed: list[Observation], seeds: Iterator[int]
) -> Iterator[Point]:
    from sweepflow.sampling.surrogates.gp import best_points

    return best_points(space, past, observed, next(seeds))


def _untaken(
    space: SearchSpace,
    past: History,
    number: int,
    seed: int,
    rule: Literal["random", "sobol"],
    allows: Allows,
) -> Parameters | None:
    """A random draw, of a configuration that is not taken where one is found; None if there is none."""
    if len(dimensions(space)) > _MAX_SOBOL_DIMENSIONS:
        rule = "random"
    parameters = RandomSampling(rule=rule).propose(space, past, number, seed, allows)
    for other in islice(_seeds(seed, number), _N_REDRAWS):
        if parameters is None or configuration_key(parameters) not in past.configurations:
            break
        parameters = RandomSampling().propose(space, past, number, other, allows)
    return parameters


def _seeds(seed: int, number: int) -> Iterator[int]:
    """Seeds of 32 bits for the attempts at one trial."""
    for attempt in count():
        yield int(np.random.SeedSequence((seed, number, attempt)).generate_state(1)[0])
