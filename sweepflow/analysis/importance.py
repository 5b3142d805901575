"""How much each parameter mattered: how much worse a random forest predicts without knowing it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sweepflow.analysis.forest import Forest
from sweepflow.archive.sweep import Sweep
from sweepflow.space.drawn import Parameter, parameters_of
from sweepflow.trials.parameters import value_key
from sweepflow.trials.rows import RankedRow

Matrix = NDArray[np.float64]

FEWEST_TRIALS = 10
"""A forest learns nothing from fewer trials with a value than this."""

_N_SHUFFLES = 5
_MOST_TRIALS = 2000
_SEED = 0


class Importances(NamedTuple):
    """The importance of each parameter as a share, the greatest first; all add up to 1, or all are 0."""

    shares: dict[str, float]
    explained: float
    """How much of the differences between trials the forest explains: its out-of-bag R².

    At 1 it explains all of them, at 0 or below none, and then the shares mean nothing either.
    """
    n_trials: int


def importances(sweep: Sweep) -> Importances | None:
    """The permutation importances of a random forest from parameters to the trials' ranks.

    Ranks in place of values keep a few diverged trials from deciding everything. Categories are one-hot
    encoded, a parameter that a trial has not drawn becomes a number below all others, and all columns of a
    parameter are shuffled together. None if there are fewer than `FEWEST_TRIALS` with a value, or if all
    trials have the same parameters or the same value.
    """
    rows = [row for row in sweep.rows if row.has_value]
    rows = sorted(rows, key=lambda row: row.number)[-_MOST_TRIALS:]
    encoded = _encoded(parameters_of(sweep.spec.search_space, rows), rows)
    values = [row.value for row in rows if row.value is not None]
    if len(rows) < FEWEST_TRIALS or not encoded or len(set(values)) < 2:
        return None
    return _shares(encoded, _ranks(values))


def _shares(encoded: Mapping[str, Matrix], ranks: NDArray[np.float64]) -> Importances:
    table = np.hstack(list(encoded.values()))
    forest = Forest.fitted(table, ranks, _SEED)
    error = _error(forest.predict(table), ranks)
    losses: dict[str, float] = {}
    first = 0
    for name, columns in encoded.items():
        shuffled = _shuffled(table, slice(first, first + columns.shape[1]))
        first += columns.shape[1]
        losses[name] = max(0.0, _error(forest.predict(shuffled), np.tile(ranks, _N_SHUFFLES)) - error)
    total = sum(losses.values()) or 1.0
    shares = {name: losses[name] / total for name in sorted(losses, key=losses.__getitem__, reverse=True)}
    return Importances(shares, forest.explained, len(ranks))


def _shuffled(table: Matrix, columns: slice) -> Matrix:
    """Several copies of the table, one below the other, each with these columns shuffled on their own."""
    generator = np.random.default_rng(_SEED)
    tables = []
    for _ in range(_N_SHUFFLES):
        copy = table.copy()
        copy[:, columns] = table[generator.permutation(len(table)), columns]
        tables.append(copy)
    return np.vstack(tables)


def _error(predicted: NDArray[np.float64], ranks: NDArray[np.float64]) -> float:
    return float(np.mean((predicted - ranks) ** 2))


def _ranks(values: Sequence[float]) -> NDArray[np.float64]:
    """The places of the values in order, counted from 1; equal ones share the mean of theirs."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: NDArray[np.float64] = (ends - (counts - 1) / 2)[places]
    return ranks


def _encoded(parameters: Sequence[Parameter], rows: Sequence[RankedRow]) -> dict[str, Matrix]:
    """The encoded columns of each parameter that is not the same in all trials."""
    numbers = [row.number for row in rows]
    encoded = {parameter.name: _columns(parameter, numbers) for parameter in parameters}
    return {name: columns for name, columns in encoded.items() if (columns != columns[:1]).any()}


def _columns(parameter: Parameter, numbers: Sequence[int]) -> Matrix:
    drawn = parameter.drawn
    if parameter.is_number:
        known = [value for value in drawn.values() if isinstance(value, int | float)]
        absent = min(known, default=0.0) - 1.0
        return np.array([[drawn.get(number, absent)] for number in numbers], dtype=float)
    options = [value_key(option) for option in parameter.options]
    return np.array(
        [[value_key(drawn.get(number, ...)) == option for option in options] for number in numbers], float
    )
