"""What a model may learn from before it proposes a trial."""

from collections.abc import Mapping
from math import isfinite
from typing import NamedTuple

from sweepflow.sampling.kept import Kept
from sweepflow.space.search_space import SearchSpace, locate
from sweepflow.trials.folds import whole_values
from sweepflow.trials.history import History, TrialHistory
from sweepflow.trials.parameters import Parameters

Point = Mapping[str, float]
"""Coordinates in [0, 1) by the paths of the dimensions that are drawn."""


class Observation(NamedTuple):
    """One trial as a model sees it."""

    number: int
    point: Point
    score: float | None
    """Greater is better; None while it is pending."""


def before(history: History, number: int) -> History:
    """The history without the trials from that number on; the very same one if there are none."""
    if all(known < number for known in history.trials):
        return history
    past = History(history.objective, history.earlier)
    for trial in history:
        if trial.number < number:
            past.add(trial.number, trial.parameters)
            past.trials[trial.number] = trial
    return past


def observations(
    space: SearchSpace, history: History, number: int, lag: int | None = None
) -> list[Observation]:
    """What trial `number` may learn from, in the order of the numbers.

    A ranked trial counts with its best value, one that has not ended as pending; others do not count,
    nor do parameters from outside the space. A trial that lacks folds counts with what is to be expected of
    it (`whole_values`). With a `lag`, only trials up to `number - lag` count with their
    values, and all later ones are pending, whatever their state. Trials of earlier sweeps come first.
    """
    newest = number if lag is None else number - lag
    locations = _LOCATIONS.of(history, space)
    counted: list[tuple[TrialHistory, bool]] = []
    own = (history[known] for known in sorted(history.trials) if known < number)
    for trial in (*history.earlier, *own):
        is_pending = trial.number >= 0 and (trial.number > newest or not trial.state.is_final)
        if is_pending or _has_score(trial):
            counted.append((trial, is_pending))
    values = iter(whole_values([trial for trial, is_pending in counted if not is_pending], history.objective))
    observed = []
    for trial, is_pending in counted:
        score = None if is_pending else history.objective.score(next(values))
        point = locations.of(trial)
        if point is not None:
            observed.append(Observation(trial.number, point, score))
    return observed


def _has_score(trial: TrialHistory) -> bool:
    return trial.is_ranked and isfinite(trial.value or 0.0)


class _Locations:
    """The points of a history's trials in one space, each looked for once."""

    def __init__(self, space: SearchSpace) -> None:
        self._space = space
        self._points: dict[int, tuple[Parameters, Point | None]] = {}

    def of(self, trial: TrialHistory) -> Point | None:
        known = self._points.get(trial.number)
        if known is None or known[0] is not trial.parameters:
            known = trial.parameters, locate(self._space, trial.parameters)
            self._points[trial.number] = known
        return known[1]


_LOCATIONS = Kept(_Locations)
