"""What of the rows is drawn together: each row by itself, all rows of a group, or a stretch of time."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sweepflow.data.roles import NO_ROLES, Roles

_MIN_BLOCKS = 8


class Units(NamedTuple):
    """The unit of each row, numbered from 0, and what the rows weigh."""

    of_row: NDArray[np.intp]
    n: int
    weight: NDArray[np.float64] | None = None
    are_rows: bool = True
    """Whether each row is a unit by itself."""

    @property
    def weights(self) -> NDArray[np.float64]:
        """The weight of each row, 1 where none is given."""
        return np.ones(len(self.of_row)) if self.weight is None else self.weight

    @property
    def are_plain(self) -> bool:
        """Whether the rows are independent and weigh the same."""
        return self.are_rows and self.weight is None

    def totals(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """The weighted sums over the rows of each unit; `values` has a value a row."""
        return np.bincount(self.of_row, values * self.weights, self.n).astype(np.float64)

    def joined(self, n_most: int, generator: np.random.Generator) -> "Units":
        """Units of about equal size that are no more than `n_most`, joined at random where they are more."""
        if self.n <= n_most:
            return self
        joined = generator.permutation(self.n) % n_most
        return self._replace(of_row=joined[self.of_row], n=n_most, are_rows=False)


def units_of(n_rows: int, roles: Roles = NO_ROLES, influence: NDArray[np.float64] | None = None) -> Units:
    """The units of so many rows that have these roles: groups, else blocks of time, else rows.

    `influence` has a number a row, that by which the row moves what is measured: blocks of time are so long
    that the sums over them are nearly independent of each other.
    """
    if roles.group is not None:
        _, codes = np.unique(roles.group, return_inverse=True)
        return Units(codes, int(codes.max()) + 1, roles.weight, are_rows=False)
    if roles.time is not None and influence is not None:
        order = np.argsort(roles.time, kind="stable")
        length = block_length(influence[order])
        n_blocks = n_rows // length
        codes = np.empty(n_rows, dtype=np.intp)
        codes[order] = np.arange(n_rows) * n_blocks // n_rows
        return Units(codes, n_blocks, roles.weight, are_rows=length == 1)
    return Units(np.arange(n_rows), n_rows, roles.weight)


def block_length(series: NDArray[np.float64]) -> int:
    """How many successive values of a series make a block: several times as many as depend on each other.

    Four times the time over which the series is correlated with itself, the sum of its autocorrelations up to
    the first that is not above 0, and at least twice the cube root of its length (Lahiri, 2003, Resampling
    methods for dependent data, chapter 7); so short that at least 8 blocks remain.
    """
    n = len(series)
    centred = series - series.mean()
    if n < 2 * _MIN_BLOCKS or not centred.any():
        return 1
    spectrum = np.abs(np.fft.rfft(centred, 2 * n)) ** 2
    correlation = np.fft.irfft(spectrum)[:n]
    correlation = correlation / correlation[0]
    is_over = correlation <= 0
    n_lags = int(is_over.argmax()) if is_over.any() else n
    time = 2 * correlation[:n_lags].sum() - 1
    return int(np.clip(np.ceil(max(4 * time, 2 * n ** (1 / 3))), 1, n // _MIN_BLOCKS))


def drawn_counts(n_units: int, n_resamples: int, generator: np.random.Generator) -> NDArray[np.intp]:
    """How often each unit is in each of so many resamples of the units, shape (resamples, units)."""
    drawn = generator.integers(n_units, size=(n_resamples, n_units))
    places = drawn + n_units * np.arange(n_resamples)[:, np.newaxis]
    return np.bincount(places.ravel(), minlength=places.size).reshape(n_resamples, n_units)


def effective_number(totals: NDArray[np.float64]) -> float:
    """How many equal units weigh as much as these unequal ones (Kish, 1965); 0 for none."""
    return float(totals.sum() ** 2 / max((totals**2).sum(), np.finfo(np.float64).tiny))
