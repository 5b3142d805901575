"""The importances that a random forest gives to the parameters of trials.

Run as a program it reads `Trials` from its standard input, and writes the importances: for
whoever wants no scikit-learn, a second and 80 MB, in a process of their own.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

_N_TREES = 100
_N_SHUFFLES = 5
_SEED = 0
_PATIENCE_SECONDS = 300.0


class Importances(NamedTuple):
    """The importance of each parameter as a share, the greatest first; all add up to 1, or all are 0."""

    shares: dict[str, float]
    explained: float
    """How much of the differences between trials the forest explains: its out-of-bag R².

    At 1 it explains all of them, at 0 or below none, and then the shares mean nothing either.
    """
    n_trials: int


class Trials(NamedTuple):
    """What a forest is fitted to."""

    parameters: Mapping[str, Matrix]
    """The columns of each parameter."""
    values: Matrix
    """The trials' values, not all the same."""


def importances_of(trials: Trials) -> Importances:
    """The permutation importances of a forest that predicts the trials' ranks."""
    from scipy.stats import rankdata
    from sklearn.ensemble import RandomForestRegressor

    ranks = rankdata(trials.values)
    table = np.hstack(list(trials.parameters.values()))
    forest = RandomForestRegressor(_N_TREES, min_samples_leaf=2, oob_score=True, random_state=_SEED)
    forest.fit(table, ranks)
    error = _error(forest.predict(table), ranks)
    losses: dict[str, float] = {}
    first = 0
    for name, columns in trials.parameters.items():
        shuffled = _shuffled(table, slice(first, first + columns.shape[1]))
        first += columns.shape[1]
        losses[name] = max(0.0, _error(forest.predict(shuffled), np.tile(ranks, _N_SHUFFLES)) - error)
    total = sum(losses.values()) or 1.0
    shares = {name: losses[name] / total for name in sorted(losses, key=losses.__getitem__, reverse=True)}
    return Importances(shares, float(forest.oob_score_), len(ranks))


def importances_by_child(trials: Trials) -> Importances:
    """The same, from a process of its own, out of reach of the terminal; RuntimeError if it fails."""
    parameters = {name: columns.tolist() for name, columns in trials.parameters.items()}
    done = subprocess.run(
        [sys.executable, "-P", "-m", __name__],
        input=json.dumps({"parameters": parameters, "values": trials.values.tolist()}),
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        start_new_session=True,
        check=False,
    )
    if done.returncode:
        last_line = done.stderr.strip().rpartition("\n")[2]
        raise RuntimeError(f"the importances could not be computed: {last_line or done.returncode}")
    return Importances(**json.loads(done.stdout))


def _shuffled(table: Matrix, columns: slice) -> Matrix:
    """Several copies of the table, one below the other, each with these columns shuffled on their own."""
    generator = np.random.default_rng(_SEED)
    tables = []
    for _ in range(_N_SHUFFLES):
        copy = table.copy()
        copy[:, columns] = table[generator.permutation(len(table)), columns]
        tables.append(copy)
    return np.vstack(tables)


def _error(predicted: Matrix, ranks: Matrix) -> float:
    return float(np.mean((predicted - ranks) ** 2))


def _main() -> None:
    given = json.load(sys.stdin)
    parameters = {name: np.array(columns, dtype=float) for name, columns in given["parameters"].items()}
    found = importances_of(Trials(parameters, np.array(given["values"], dtype=float)))
    json.dump(found._asdict(), sys.stdout)


if __name__ == "__main__":
    _main()
