"""The importances that a random forest gives to the parameters of trials.

Scikit-learn costs a second and 80 MB: whoever does not want it in this process can have a child compute them.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sweepflow.base import signals
from sweepflow.base.orphan import die_with
from sweepflow.importing.quickly import importing_quickly
from sweepflow.importing.user_modules import worker_path

Matrix = NDArray[np.float64]

_N_TREES = 100
_N_SHUFFLES = 5
_SEED = 0
_PATIENCE_SECONDS = 300.0
_OTHER_TABLES = ("pandas", "polars", "pyarrow")
"""Scikit-learn imports them to know their tables if it is given one: a quarter of the time that it takes."""
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from sweepflow.analysis.forest import main; main(int(sys.argv[2]))"
)


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
    from sklearn.ensemble import RandomForestRegressor

    ranked = ranks(trials.values)
    table = np.hstack(list(trials.parameters.values()))
    forest = RandomForestRegressor(_N_TREES, min_samples_leaf=2, oob_score=True, random_state=_SEED)
    forest.fit(table, ranked)
    error = _error(forest.predict(table), ranked)
    losses: dict[str, float] = {}
    first = 0
    for name, columns in trials.parameters.items():
        shuffled = _shuffled(table, slice(first, first + columns.shape[1]))
        first += columns.shape[1]
        losses[name] = max(0.0, _error(forest.predict(shuffled), np.tile(ranked, _N_SHUFFLES)) - error)
    total = sum(losses.values()) or 1.0
    shares = {name: losses[name] / total for name in sorted(losses, key=losses.__getitem__, reverse=True)}
    return Importances(shares, float(forest.oob_score_), len(ranked))


def importances_by_child(trials: Trials) -> Importances:
    """The same, from a process of its own, out of reach of the terminal; RuntimeError if it fails.

    It ends with this process, and with the thread that calls this.
    """
    parameters = {name: columns.tolist() for name, columns in trials.parameters.items()}
    try:
        done = _run(json.dumps({"parameters": parameters, "values": trials.values.tolist()}))
        if done.returncode == 0:
            return Importances(**json.loads(done.stdout))
        reason = _why_failed(done)
    except OSError as error:
        reason = f"their process could not be started: {error}"
    except subprocess.TimeoutExpired:
        reason = f"they took longer than {_PATIENCE_SECONDS:g} seconds"
    raise RuntimeError(f"the importances could not be computed: {reason}")


def _why_failed(done: "subprocess.CompletedProcess[str]") -> str:
    if done.returncode < 0:
        return f"their process was ended by {signals.in_words(-done.returncode)}"
    return done.stderr.strip().rpartition("\n")[2] or f"their process ended with code {done.returncode}"


def _run(trials: str) -> "subprocess.CompletedProcess[str]":
    path, _ = worker_path()  # without it, a Sweepflow that only the caller's path finds is not there
    return subprocess.run(
        [sys.executable, "-P", "-c", _START, json.dumps(path), str(os.getpid())],
        input=trials,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        start_new_session=True,
        check=False,
    )


def ranks(values: Matrix) -> Matrix:
    """The ranks of the values from 1, equal ones at the middle of theirs."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    middles: Matrix = np.cumsum(counts) - (counts - 1) / 2
    return middles[which]


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


def _import_scikit_learn_alone() -> None:
    """Import it as if those libraries were not installed; only where nothing else has imported them."""
    sys.modules.update(dict.fromkeys(_OTHER_TABLES))  # type: ignore[arg-type]  # None: not installed
    with importing_quickly():
        import sklearn.ensemble  # noqa: F401
    for name in _OTHER_TABLES:
        del sys.modules[name]


def main(parent: int) -> None:
    """Read `Trials` from the standard input, and write their importances to the standard output."""
    die_with(parent)
    _import_scikit_learn_alone()
    given = json.load(sys.stdin)
    parameters = {name: np.array(columns, dtype=float) for name, columns in given["parameters"].items()}
    found = importances_of(Trials(parameters, np.array(given["values"], dtype=float)))
    json.dump(found._asdict(), sys.stdout)
