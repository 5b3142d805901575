"""Draws rows as scikit-learn's `train_test_split` does, in less memory where classes count."""

from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split
from sklearn.utils.extmath import _approximate_mode


def draw(
    rows: NDArray[np.intp], size: float | int, classes: NDArray[Any] | None, seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The rows that are left, and those that are drawn: so many or that share, the same of each class.

    Both are shuffled, as by `train_test_split`, whose lists of row numbers would take 80 bytes a row.
    ValueError if there are too few rows.
    """
    n_drawn = ceil(size * len(rows)) if isinstance(size, float) else size
    n_left = len(rows) - n_drawn
    if classes is None:
        return _by_sklearn(rows, size, None, seed)
    codes, counts = np.unique(classes, return_inverse=True, return_counts=True)[1:]
    if counts.min() < 2 or min(n_drawn, n_left) < len(counts):
        return _by_sklearn(rows, size, classes, seed)  # which says in its words that they are too few
    random = np.random.RandomState(seed)
    n_left_of = _approximate_mode(counts, n_left, random)
    n_drawn_of = _approximate_mode(counts - n_left_of, n_drawn, random)
    left, drawn, of_class = [], [], np.split(np.argsort(codes, kind="stable"), np.cumsum(counts)[:-1])
    for own, first, n in zip(of_class, n_left_of, n_drawn_of, strict=True):
        shuffled = own[random.permutation(len(own))]
        left.append(shuffled[:first])
        drawn.append(shuffled[first : first + n])
    order = (random.permutation(np.concatenate(numbers)) for numbers in (left, drawn))
    all_left, all_drawn = (rows[numbers] for numbers in order)
    return all_left, all_drawn


def _by_sklearn(
    rows: NDArray[np.intp], size: float | int, classes: NDArray[Any] | None, seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    left, drawn = train_test_split(rows, test_size=size, random_state=seed, stratify=classes)
    return left, drawn
