"""Many reports at once, kept as columns: 48 bytes a report, where a row takes 400."""

import math
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import overload

from sweepflow.trials.rows import COST, MetricRow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Reports(Sequence[MetricRow]):
    """Rows of reports, each made when somebody looks at it; equal to any sequence of the same rows.

    As in the ledger, NaN is None.
    """

    def __init__(self, rows: Iterable[MetricRow] = ()) -> None:
        self.ids, self.numbers, self.intervals, self.times = (array("q") for _ in range(4))
        """`times` are in microseconds since the beginning of 1970."""
        self.values = array("d")
        """NaN where the row has None."""
        self.names: list[str] = []
        """Each once, in the order in which they came."""
        self.name_places = array("i")
        """The place in `names` of each row's name."""
        self._sweep_ids: list[str] = []
        self._sweep_places = array("i")
        names: dict[str, int] = {}
        sweep_ids: dict[str, int] = {}
        for row in rows:
            self._add(row, names, sweep_ids)
        self.names, self._sweep_ids = list(names), list(sweep_ids)

    def reported(self) -> "Reports":
        """Those that are no costs of models: these themselves, where all are none."""
        if not any(name.startswith(COST) for name in self.names):
            return self
        return Reports(row for row in self if not row.is_cost)

    def _add(self, row: MetricRow, names: dict[str, int], sweep_ids: dict[str, int]) -> None:
        self.ids.append(row.id)
        self._sweep_places.append(sweep_ids.setdefault(row.sweep_id, len(sweep_ids)))
        self.numbers.append(row.number)
        self.name_places.append(names.setdefault(row.name, len(names)))
        self.intervals.append(row.interval)
        self.values.append(math.nan if row.value is None else row.value)
        self.times.append((row.time - _EPOCH) // _MICROSECOND)

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, place: int) -> MetricRow: ...
    @overload
    def __getitem__(self, place: slice) -> list[MetricRow]: ...
    def __getitem__(self, place: int | slice) -> MetricRow | list[MetricRow]:
        if isinstance(place, slice):
            return [self._row(each) for each in range(*place.indices(len(self)))]
        return self._row(place)

    def __iter__(self) -> Iterator[MetricRow]:
        return map(self._row, range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{len(self):,} reports>"

    def _row(self, place: int) -> MetricRow:
        value = self.values[place]
        return MetricRow(
            id=self.ids[place],
            sweep_id=self._sweep_ids[self._sweep_places[place]],
            number=self.numbers[place],
            name=self.names[self.name_places[place]],
            interval=self.intervals[place],
            value=None if math.isnan(value) else value,
            time=_EPOCH + timedelta(microseconds=self.times[place]),
        )


class ByTrial:
    """The rows of each trial among these, looked up when somebody asks for them."""

    def __init__(self, rows: Sequence[MetricRow]) -> None:
        self._rows = rows
        self._places: defaultdict[int, array[int]] = defaultdict(partial(array, "q"))
        numbers = rows.numbers if isinstance(rows, Reports) else (row.number for row in rows)
        for place, number in enumerate(numbers):
            self._places[number].append(place)

    def __getitem__(self, number: int) -> list[MetricRow]:
        """In their order; none if there is none."""
        return [self._rows[place] for place in self._places.get(number, ())]
