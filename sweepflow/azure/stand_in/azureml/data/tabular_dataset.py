"""A data set that is a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from typing import TYPE_CHECKING, Any

from azureml._cloud import absent
from azureml.data.abstract_dataset import AbstractDataset
from azureml.data.data_type import DataType
from azureml.data.reading import Kind, read_frame

if TYPE_CHECKING:
    from typing import Self


class TabularDataset(AbstractDataset):
    """A table in local files, with what is done to it when it is read."""

    def __init__(
        self,
        sources: list[str],
        name: str | None = None,
        kind: Kind | None = None,
        types: Mapping[str, DataType] | None = None,
    ) -> None:
        super().__init__(sources, name)
        self._kind = kind or Kind()
        self._types = dict(types or {})
        self._steps: tuple[Callable[[Any], Any], ...] = ()

    def to_pandas_dataframe(self, *_: object, **__: object) -> Any:
        """The table as a data frame, its types as pandas reads them, text as objects."""
        frame = self._read()
        for column, kind in self._types.items():
            frame[column] = kind.of(frame[column])
        for step in self._steps:
            frame = step(frame)
        return frame

    def take(self, count: int) -> Self:
        """Its first rows."""
        return self._with(lambda frame: frame.head(count))

    def skip(self, count: int) -> Self:
        """Without its first rows."""
        return self._with(lambda frame: frame.iloc[count:].reset_index(drop=True))

    def take_sample(self, probability: float, seed: int | None = None) -> Self:
        """Each row with this probability."""
        return self._with(lambda frame: frame[_draws(frame, seed) < probability].reset_index(drop=True))

    def random_split(self, percentage: float, seed: int | None = None) -> tuple[Self, Self]:
        """Two parts without a common row, the first with about this share of the rows, between 0 and 1."""
        fixed = 0 if seed is None else seed  # both parts must draw the same
        first = self._with(lambda frame: frame[_draws(frame, fixed) < percentage].reset_index(drop=True))
        second = self._with(lambda frame: frame[_draws(frame, fixed) >= percentage].reset_index(drop=True))
        return first, second

    def keep_columns(self, columns: str | list[str], *_: object, **__: object) -> Self:
        """With these columns only."""
        return self._with(lambda frame: frame[_listed(columns)])

    def drop_columns(self, columns: str | list[str]) -> Self:
        """Without these columns."""
        return self._with(lambda frame: frame.drop(columns=_listed(columns)))

    def with_timestamp_columns(self, *_: object, **__: object) -> Self:
        """The same: which column is a time makes no difference here."""
        return self

    def _read(self) -> Any:
        return read_frame(self.local_paths, self._kind, self._types)

    def _register(self, name: str) -> None:
        from sweepflow.azure.hyperdrive.datastore import register_frame

        if self._steps:
            register_frame(name, self.to_pandas_dataframe())
        else:
            super()._register(name)

    def _with(self, step: Callable[[Any], Any]) -> Self:
        changed = copy(self)
        changed._steps = (*self._steps, step)
        return changed


def _draws(frame: Any, seed: int | None) -> Any:
    """A number between 0 and 1 for each row."""
    from numpy.random import default_rng

    return default_rng(seed).random(len(frame))


def _listed(columns: str | list[str]) -> list[str]:
    return [columns] if isinstance(columns, str) else list(columns)


if not TYPE_CHECKING:  # a checker must tell a misspelt name

    def __getattr__(name):
        return absent(__name__, name)
