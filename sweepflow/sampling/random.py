"""Random sampling: independent draws, or the points of a scrambled Sobol sequence."""

import math
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import islice
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, field_validator

from sweepflow.errors import ConstraintError, Problem
from sweepflow.fields.model import Seed, lowered, no_boolean
from sweepflow.sampling.algorithm import Algorithm
from sweepflow.space.combinations import combination, combinations, n_combinations
from sweepflow.space.constraints import Allows, anything
from sweepflow.space.expressions import in_base
from sweepflow.space.search_space import Dimension, SearchSpace, dimensions, realize
from sweepflow.trials.history import History
from sweepflow.trials.parameters import Parameters, configuration_key

_MAX_SOBOL_DIMENSIONS = 21_201
_N_REDRAWS = 101
"""Draws on a finite space before what is left of it is looked for."""
_N_REFUSALS = 10_000
_MOST_LISTED = 1_000_000
_BLOCK_NUMBERS = 2**16
"""The Sobol points kept at a time hold about this many numbers."""

_LogBase = Annotated[float, Field(gt=0, allow_inf_nan=False), BeforeValidator(no_boolean)]


class RandomSampling(Algorithm):
    """Independent random draws; for any search space."""

    learns: ClassVar[bool] = False

    type: Literal["random"] = Field(default="random", description="independent random draws")
    seed: Seed | None = Field(
        default=None,
        description="The same seed gives the same trials; empty: one is drawn and recorded.",
    )
    rule: Annotated[Literal["random", "sobol"], BeforeValidator(lowered)] = Field(
        default="random", description="sobol covers the search space more evenly than random."
    )
    logbase: _LogBase | Annotated[Literal["e"], BeforeValidator(lowered)] = Field(
        default="e", description="The base that log types raise to the power of their draw: a number or e."
    )

    @field_validator("logbase")
    @classmethod
    def _refuse_one(cls, logbase: float | str) -> float | str:
        if logbase == 1:
            raise ValueError("must not be 1: every power of 1 is 1")
        return logbase

    @property
    def base(self) -> float:  # type: ignore[override]  # the one algorithm where it is a field
        """The base of the log types as a number."""
        return math.e if self.logbase == "e" else self.logbase

    def check(self, space: SearchSpace) -> list[Problem]:
        """The ranges beyond the floats under this `logbase`, and too many dimensions for Sobol points."""
        space = in_base(space, self.base)
        all_dimensions = dimensions(space)
        faults = [fault for dimension in all_dimensions if (fault := _overflow(dimension, self.base))]
        if self.rule == "sobol" and len(all_dimensions) > _MAX_SOBOL_DIMENSIONS:
            message = f"takes at most {_MAX_SOBOL_DIMENSIONS} parameters, got {len(all_dimensions)}"
            faults.append(Problem("sampling_algorithm.rule", f"sobol {message}"))
        return faults

    def propose(
        self,
        space: SearchSpace,
        history: History,
        number: int,
        seed: int,
        allows: Allows = anything,
    ) -> Parameters | None:
        """The parameters of trial `number`, which are a function of `seed` and `number`.

        On a finite space they also depend on the configurations of the history: none is drawn twice, and
        None means that none is left. ConstraintError if `allows` refuses 10,000 draws in a row.
        """
        space = in_base(space, self.base)
        stream = np.random.default_rng((seed, number))
        n_all = n_combinations(space)
        taken: AbstractSet[str] = history.configurations if n_all is not None else frozenset()
        n_draws = _N_REFUSALS if allows is not anything else _N_REDRAWS
        for point in islice(self._points(space, stream, seed, number), n_draws):
            parameters = realize(space, point)
            if configuration_key(parameters) not in taken and allows(parameters):
                return parameters
        if n_all is None or (allows is not anything and n_all > _MOST_LISTED):
            raise ConstraintError(f"constraints: none of {n_draws:,} draws satisfies them all")
        return _remaining(space, n_all, taken, stream, allows)

    def _points(
        self, space: SearchSpace, stream: np.random.Generator, seed: int, number: int
    ) -> Iterator[dict[str, float]]:
        """Points to try: the Sobol sequence's own first, if that is the rule, then random ones."""
        paths = [dimension.path for dimension in dimensions(space)]
        if self.rule == "sobol":
            yield dict(zip(paths, _sobol_point(len(paths), seed, number).tolist(), strict=True))
        while True:
            yield dict(zip(paths, stream.random(len(paths)).tolist(), strict=True))


def _overflow(dimension: Dimension, base: float) -> Problem | None:
    try:
        for u in (0.0, math.nextafter(1.0, 0.0)):
            dimension.expression.quantile(u)
    except OverflowError:
        return Problem(dimension.field, f"values with logbase {base:g} must be floats, less than 1.8e308")
    return None


def _remaining(
    space: SearchSpace, n_all: int, taken: AbstractSet[str], stream: np.random.Generator, allows: Allows
) -> Parameters | None:
    """A combination that is allowed and not taken, all alike; None if there is none."""
    # With fewer taken than there are, some are left, and drawing until one is hit costs no more than
    # going through all of them: a rare branch may leave 10**9.
    while allows is anything and len(taken) < n_all:
        parameters = combination(space, _below(n_all, stream))
        if configuration_key(parameters) not in taken:
            return parameters
    left = [
        parameters
        for parameters in combinations(space)
        if configuration_key(parameters) not in taken and allows(parameters)
    ]
    return left[_below(len(left), stream)] if left else None


def _below(n: int, stream: np.random.Generator) -> int:
    """A whole number in [0, n), for any n."""
    return int.from_bytes(stream.bytes(n.bit_length() // 8 + 9)) % n


def _sobol_point(n_dimensions: int, seed: int, number: int) -> NDArray[np.float64]:
    size = 2 ** max(0, (_BLOCK_NUMBERS // n_dimensions).bit_length() - 1)
    point: NDArray[np.float64] = _sobol_block(n_dimensions, seed, number // size, size)[number % size]
    return point


@lru_cache(maxsize=8)
def _sobol_block(n_dimensions: int, seed: int, index: int, size: int) -> NDArray[np.float64]:
    # Imported here: scipy.stats takes half a second, and most sweeps need none of it.
    from scipy.stats import qmc

    engine = qmc.Sobol(n_dimensions, scramble=True, rng=np.random.default_rng(seed))
    if index:
        engine.fast_forward(index * size)
    points: NDArray[np.float64] = engine.random(size)
    return points
