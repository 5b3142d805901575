"""The tree-structured Parzen estimator: Optuna's sampler on a study in memory."""

import logging
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sweepflow.sampling.kept import Kept
from sweepflow.sampling.surrogates.axes import Axis, axes_of
from sweepflow.sampling.surrogates.observations import Observation, Point
from sweepflow.space.search_space import SearchSpace
from sweepflow.trials.history import History

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

_N_CANDIDATES = 24, 128
"""At least Optuna's own number, up to what found better trials in benchmarks/search_quality.py."""
_MOST_COMPARED = 64_000


def tpe_study(space: SearchSpace, history: History, observed: Sequence[Observation]) -> "TpeStudy":
    """A study that knows these observations; the history's last one, if it can learn what is new."""
    study = _STUDIES.of(history, space)
    if not study.learn(observed):
        study = _STUDIES.anew(history, space)
        study.learn(observed)
    return study


class TpeStudy:
    """One history as Optuna knows it.

    Every number is a float in [0, 1], its coordinate in the search space, so that any expression is
    uniform a priori. The dimensions that are drawn together form a group, which is modelled jointly:
    those of a branch from the trials that drew it.

    Each dimension is drawn by `TPESampler.sample_relative`, a group at a time, for a trial that stays
    empty. Optuna's own `group=True` finds the same groups from the trials, in an order that depends on
    the order they ended; `Study.ask` would leave a trial behind at each ask.
    """

    def __init__(self, space: SearchSpace) -> None:
        from optuna import create_study

        axes = axes_of(space)
        self._groups: dict[str, list[Axis]] = defaultdict(list)
        for axis in axes:
            self._groups[axis.group].append(axis)
        # Of one category there is nothing to learn.
        self._axes = {axis.path: axis for axis in axes if axis.n_categories != 1}
        self._distributions = {path: _distribution(axis) for path, axis in self._axes.items()}
        self._known: dict[int, Observation] = {}
        self._trials: dict[int, int] = {}
        self._n_trials = 0
        with without_log("optuna.storages._in_memory"):
            self._study = create_study(direction="maximize")
        self._add({}, None)
        self._asker = self._study.get_trials(deepcopy=False)[0]

    def learn(self, observed: Sequence[Observation]) -> bool:
        """Whether it now knows just what a new study would know of these observations.

        False if something that it knew has been changed or taken back; then it is of no more use.
        """
        numbers = {observation.number for observation in observed}
        gone = [known for number, known in self._known.items() if number not in numbers]
        return all(self._forget(known) for known in gone) and all(map(self._learn, observed))

    def propose(self, seed: int) -> Point:
        """A point that the model likes: a function of the seed and of what was learnt."""
        from optuna.samplers import TPESampler

        # It is used only when enough is known, so that it needs no random start of its own.
        sampler = TPESampler(
            n_startup_trials=0,
            n_ei_candidates=self._n_candidates(),
            multivariate=True,
            constant_liar=True,
            seed=seed,
        )
        point: dict[str, float] = {}
        open_groups = [""]
        while open_groups:
            axes = self._groups.get(open_groups.pop(), [])
            to_draw = {axis.path: self._distributions[axis.path] for axis in axes if axis.path in self._axes}
            drawn = sampler.sample_relative(self._study, self._asker, to_draw) if to_draw else {}
            for axis in axes:
                value = drawn.get(axis.path, 0)
                point[axis.path] = axis.coordinate(value)
                if value in axis.opens:
                    open_groups.append(axis.opens[value])
        return point

    def _n_candidates(self) -> int:
        """How many draws the best is taken from; each costs the more, the more trials are known."""
        few, many = _N_CANDIDATES
        return min(max(few, _MOST_COMPARED // max(1, len(self._known))), many)

    def _learn(self, observation: Observation) -> bool:
        known = self._known.get(observation.number)
        if known == observation:
            return True
        if known is None:
            # What is out of order would be out of order in the model, which trusts late trials more.
            if self._known and observation.number < next(reversed(self._known)):
                return False
            self._trials[observation.number] = self._add(observation.point, observation.score)
        elif known.score is None and observation.score is not None and known.point == observation.point:
            self._study.tell(self._trials[observation.number], observation.score)
        else:
            return False
        self._known[observation.number] = observation
        return True

    def _forget(self, known: Observation) -> bool:
        from optuna.trial import TrialState

        if known.score is not None:
            return False
        self._study.tell(self._trials[known.number], state=TrialState.FAIL)
        del self._known[known.number]
        return True

    def _add(self, point: Point, score: float | None) -> int:
        """Optuna's number of a new trial."""
        from optuna.trial import TrialState, create_trial

        axes = [axis for path, axis in self._axes.items() if path in point]
        self._study.add_trial(
            create_trial(
                state=TrialState.RUNNING if score is None else TrialState.COMPLETE,
                value=score,
                params={axis.path: _internal(axis, point[axis.path]) for axis in axes},
                distributions={axis.path: self._distributions[axis.path] for axis in axes},
            )
        )
        self._n_trials += 1
        return self._n_trials - 1


_STUDIES = Kept(TpeStudy)


def _distribution(axis: Axis) -> "BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    if axis.n_categories is None:
        return FloatDistribution(0, 1)
    return CategoricalDistribution(range(axis.n_categories))


def _internal(axis: Axis, u: float) -> float:
    return u if axis.n_categories is None else axis.category(u)


@contextmanager
def without_log(name: str) -> Iterator[None]:
    """Nothing that this thread logs under that name, within this context, is heard."""
    logger, thread = logging.getLogger(name), threading.get_ident()

    def is_of_others(record: logging.LogRecord) -> bool:
        return record.thread != thread

    logger.addFilter(is_of_others)
    try:
        yield
    finally:
        logger.removeFilter(is_of_others)
