"""Points at which a Gaussian process of the scores expects to improve on the best one."""

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]  # it has no types

from sweepflow.sampling.kept import Kept
from sweepflow.sampling.surrogates.encoding import Encoding, Mask, Matrix, Vector
from sweepflow.sampling.surrogates.improvement import Improvement
from sweepflow.sampling.surrogates.observations import Observation, Point
from sweepflow.sampling.surrogates.process import Hyperparameters, Process, fitted
from sweepflow.space.search_space import SearchSpace
from sweepflow.trials.history import History

_MAX_MODELLED = 200
_MAX_FITTED = 200
_STEADY = 20
"""The hyperparameters are fitted anew when there are a 20th more trials."""

_N_SOBOL = 1024
"""Places tried all over the space."""
_N_NEAR = 256
"""Places tried near the best trials."""
_N_BEST = 5
_N_CLIMBS = 4
_APART = 0.05
"""Climbs start at the best places that are this far from each other in one number at least."""
_CROWDED = 0.005
"""What is nearer to a pending trial in every number comes last: trials in parallel should differ."""
_N_FINALISTS = 128
"""The best places, judged once more where they would really be drawn: quantised values are not everywhere."""


def best_points(
    space: SearchSpace, history: History, observed: Sequence[Observation], seed: int
) -> Iterator[Point]:
    """Over a thousand points, the most promising first.

    A function of the space, the observations and the seed: the history is no more than the key by which
    fitted hyperparameters are kept.
    """
    # The matrices are small: more threads would only wait for each other, at ten times the cost.
    with _blas().limit(limits=1, user_api="blas"):
        rows = _best_rows(encoding := Encoding(space), history, observed, seed)
    return (encoding.point(row) for row in rows)


def _best_rows(encoding: Encoding, history: History, observed: Sequence[Observation], seed: int) -> Matrix:
    scored = [observation for observation in observed if observation.score is not None]
    pending = [observation.point for observation in observed if observation.score is None]
    modelled = _essential(scored, _MAX_MODELLED)
    rows, scores = encoding.rows(each.point for each in modelled), standard_scores(modelled)
    codes, shape = encoding.encode(rows), _hyperparameters(encoding, history, scored)
    process = Process(codes, scores, shape, encoding.axis_of_column)
    pending_codes = encoding.encode(encoding.rows(pending)) if pending else codes[:0]
    improvement = Improvement(process.believing(pending_codes), best=float(process.predict(codes)[0].max()))
    best_rows = rows[np.argsort(-scores, kind="stable")[:_N_BEST]]
    promising = _promising(encoding, improvement, best_rows, seed)
    is_crowded = _is_near(encoding.encode(promising), pending_codes)
    return np.vstack([promising[~is_crowded], promising[is_crowded]])


def _is_near(codes: Matrix, others: Matrix) -> Mask:
    """Whether each code is as good as one of the others."""
    distances = np.abs(codes[:, None] - others[None]).max(axis=2, initial=0)
    near: Mask = (distances < _CROWDED).any(axis=1)
    return near


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


def standard_scores(scored: Sequence[Observation]) -> Vector:
    """The scores with mean 0 and variance 1, the bad ones drawn together.

    A score that is worse than the median by more than a usual deviation counts by the logarithm of that
    excess: how bad the bad ones are tells little of where the best one is, and would hide what the good
    ones differ by.
    """
    scores = np.array([observation.score for observation in scored], dtype=float)
    scores -= np.median(scores)
    scores /= 1.5 * np.median(np.abs(scores)) or np.abs(scores).max() or 1.0
    drawn = np.where(scores < -1, -1 - np.log(np.maximum(-scores, 1)), scores)
    standard: Vector = (drawn - drawn.mean()) / (drawn.std() or 1.0)
    return standard


_FITTED = Kept(fitted)


def _hyperparameters(encoding: Encoding, history: History, scored: Sequence[Observation]) -> Hyperparameters:
    """Fitted to the first of the trials, by number, so many that it seldom has to be done again."""
    n = len(scored) - len(scored) % max(1, len(scored) // _STEADY)
    chosen = _essential(scored[:n], _MAX_FITTED)
    codes, scores = encoding.encode(encoding.rows(each.point for each in chosen)), standard_scores(chosen)
    return _FITTED.of(history, codes, scores, encoding.axis_of_column)


def _essential(scored: Sequence[Observation], n: int) -> list[Observation]:
    """No more than n of the trials, in the order of their numbers: half the best, half the latest."""
    if len(scored) <= n:
        return list(scored)
    n_earlier = len(scored) - n // 2
    scores = np.array([observation.score for observation in scored[:n_earlier]], dtype=float)
    best = np.argsort(-scores, kind="stable")[: n - n // 2]
    return [*(scored[index] for index in sorted(best.tolist())), *scored[n_earlier:]]


def _promising(encoding: Encoding, improvement: Improvement, best: Matrix, seed: int) -> Matrix:
    """Rows in the order of the improvement expected: local maxima among places all over the space."""
    stream = np.random.default_rng(seed)
    places = np.vstack([_sobol(len(encoding.axes), stream), _near(encoding, best, stream)])
    places = places[np.argsort(-improvement.at(encoding.encode(places)), kind="stable")]
    climbed = [_climbed(encoding, improvement, start) for start in _starts(encoding, places)]
    finalists = encoding.snapped(np.vstack([*climbed, places[:_N_FINALISTS]]))
    order = np.argsort(-improvement.at(encoding.encode(finalists)), kind="stable")
    return np.vstack([finalists[order], places[_N_FINALISTS:]])


def _sobol(n_axes: int, stream: np.random.Generator) -> Matrix:
    # Imported here: scipy.stats takes half a second.
    from scipy.stats import qmc

    points: Matrix = qmc.Sobol(n_axes, scramble=True, rng=stream).random(_N_SOBOL)
    return points


def _near(encoding: Encoding, best: Matrix, stream: np.random.Generator) -> Matrix:
    """Rows near the best ones: a few coordinates moved a little or much, categories drawn anew."""
    n_axes = best.shape[1]
    rows = best[stream.integers(len(best), size=_N_NEAR)]
    steps = stream.normal(size=rows.shape) * 10 ** stream.uniform(-3, -0.7, size=(_N_NEAR, 1))
    is_number = np.array([axis.n_categories is None for axis in encoding.axes])
    moved = np.where(is_number, np.clip(rows + steps, 0, 1), stream.random(rows.shape))
    is_moved = stream.random(rows.shape) < max(0.3, 2 / n_axes)
    near: Matrix = np.where(is_moved, moved, rows)
    return near


def _starts(encoding: Encoding, places: Matrix) -> list[Vector]:
    """The best place, and the next best ones that are not near another."""
    codes = encoding.encode(places)
    chosen: list[int] = []
    for index in range(len(places)):
        if all(np.abs(codes[index] - codes[other]).max(initial=0) > _APART for other in chosen):
            chosen.append(index)
        if len(chosen) == _N_CLIMBS:
            break
    return [places[index] for index in chosen]


def _climbed(encoding: Encoding, improvement: Improvement, start: Vector) -> Vector:
    """The local maximum above a row; its categories stay."""
    axes, columns = encoding.free(start)
    row = start.copy()
    row[axes] = improvement.climb(encoding.encode(start[None])[0], columns)
    return row
