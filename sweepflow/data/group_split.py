"""Parts that share no group: each group goes as a whole to the part that lacks its rows most."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sweepflow.errors import DataError

__all__ = ["group_parts"]


def group_parts(
    groups: NDArray[np.int64], classes: NDArray[np.intp], shares: Mapping[str, float], seed: int, name: str
) -> dict[str, NDArray[np.intp]]:
    """The row numbers of each part, ascending, with about these shares of all rows and of each class.

    `classes` are numbers from 0; of a target without classes all are 0. Like scikit-learn's
    StratifiedGroupKFold it places the largest groups first, but by parts of any size; groups of about one
    size come in an order that the seed decides. DataError, which names the column, if there are fewer groups
    than parts.
    """
    names, codes = np.unique(groups, return_inverse=True)
    if len(names) < len(shares):
        found = f"column {name!r} holds {len(names)} groups, and each of {len(shares)} parts needs one"
        raise DataError("data.group", f"{found}: name another column, or leave group out")
    counts = np.zeros((len(names), classes.max() + 1))
    np.add.at(counts, (codes, classes), 1)
    places = _placed(counts / counts.sum(axis=0), np.array(list(shares.values())), seed)
    return {part: np.flatnonzero(places[codes] == place) for place, part in enumerate(shares)}


def _placed(counts: NDArray[np.float64], shares: NDArray[np.float64], seed: int) -> NDArray[np.intp]:
    """The part of each group, whose counts are shares of each class."""
    order = np.random.default_rng(seed).permutation(len(counts))
    size = np.floor(np.log2(counts.max(axis=1)))  # sizes within a factor of two count as one
    order = order[np.argsort(-size[order], kind="stable")]
    filled, places = np.zeros((len(shares), counts.shape[1])), np.zeros(len(counts), dtype=np.intp)
    alone = np.eye(len(shares))[:, :, np.newaxis]
    for left, group in zip(range(len(order), 0, -1), order, strict=True):
        after = (filled + alone * counts[group]) / shares[:, np.newaxis]
        spread = after.std(axis=1).mean(axis=1)
        empty = np.flatnonzero(~filled.any(axis=1))
        choice = empty if len(empty) == left else np.arange(len(shares))
        # of equal spreads the part that is furthest from its share of all rows
        place = min(choice, key=lambda place: (spread[place].round(12), filled[place].sum() / shares[place]))
        places[group] = place
        filled[place] += counts[group]
    return places
