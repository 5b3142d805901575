"""How much each parameter mattered: how much worse a random forest predicts without knowing it."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from threading import Thread

import numpy as np

from sweepflow.analysis.forest import Importances, Matrix, Trials, importances_by_child, importances_of
from sweepflow.archive.sweep import Sweep
from sweepflow.space.drawn import Parameter, parameters_of
from sweepflow.trials.parameters import value_key
from sweepflow.trials.rows import RankedRow

FEWEST_TRIALS = 10
"""A forest learns nothing from fewer trials with a value than this."""

_MOST_TRIALS = 2000


def importances(sweep: Sweep) -> Importances | None:
    """The permutation importances of a random forest from parameters to the trials' ranks.

    Ranks in place of values keep a few diverged trials from deciding everything. Categories are one-hot
    encoded, a parameter that a trial has not drawn becomes a number below all others, and all columns of a
    parameter are shuffled together. None if there are fewer than `FEWEST_TRIALS` with a value, or if all
    trials have the same parameters or the same value.
    """
    trials = _trials(sweep)
    return None if trials is None else importances_of(trials)


def begin_importances(read: Callable[[], Sweep]) -> "Future[Importances | None]":
    """The same of the sweep that `read` gives, computed beside whatever happens next, in another process.

    Whoever no longer wants to wait may set an exception. RuntimeError if there is no thread to spare.
    """
    begun: Future[Importances | None] = Future()

    def compute() -> None:
        with suppress(InvalidStateError):  # nobody waits any more
            try:
                trials = _trials(read())
                begun.set_result(None if trials is None else importances_by_child(trials))
            except Exception as error:  # noqa: BLE001  whoever takes the result gets it
                begun.set_exception(error)

    # Not an executor's thread: Python would wait for that one before it exits.
    Thread(target=compute, name="importances", daemon=True).start()
    return begun


def _trials(sweep: Sweep) -> Trials | None:
    rows = [row for row in sweep.rows if row.has_value]
    rows = sorted(rows, key=lambda row: row.number)[-_MOST_TRIALS:]
    encoded = _encoded(parameters_of(sweep.spec.search_space, rows), rows)
    values = [row.value for row in rows if row.value is not None]
    if len(rows) < FEWEST_TRIALS or not encoded or len(set(values)) < 2:
        return None
    return Trials(encoded, np.array(values))


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
