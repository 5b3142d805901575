"""What a script logs: numbers become the trial's metrics, all else lines of a file in its outputs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from azureml import _trial

_FILE = "logged.jsonl"
_MOST_ROWS = 250
"""Of a list or a table; the SDK takes no more. Longer ones are kept in the file alone."""


class RunLog:
    """The values logged so far; outside of a trial they are printed."""

    def __init__(self, *, reports: bool = True) -> None:
        self._metrics_path = _trial.metrics_path() if reports else None
        self.values: dict[str, Any] = {}
        """By name: the value, or the list of several; of a table, the values of each column by its name."""

    def value(self, name: str, value: object) -> None:
        """One value."""
        number = number_in(value)
        self._remember(name, number if number is not None else value)
        if number is not None:
            self._report({name: number})
        else:
            self._keep(name, value)

    def values_in_order(self, name: str, values: object) -> None:
        """A list of values, one after the other; a single value counts as a list of one."""
        items = _listed(values)
        numbers = [number_in(item) for item in items]
        self.values[name] = items
        if None in numbers or not 0 < len(numbers) <= _MOST_ROWS:
            self._keep(name, items)
        else:
            for number in numbers:
                self._report({name: number})

    def row(self, name: str, cells: Mapping[str, object]) -> None:
        """A row of a table; its numbers become the metrics `name.column`."""
        columns = self.values.setdefault(name, {})
        for column, cell in cells.items():
            columns.setdefault(column, []).append(cell)
        self._report_row(name, cells)
        if any(number_in(cell) is None for cell in cells.values()):
            self._keep(name, dict(cells))

    def table(self, name: str, columns: Mapping[str, object]) -> None:
        """A table, by column."""
        lists = {column: _listed(cells) for column, cells in columns.items()}
        self.values[name] = lists
        self._keep(name, lists)
        n_rows = max(map(len, lists.values()), default=0)
        if n_rows <= _MOST_ROWS:
            for row in range(n_rows):
                self._report_row(name, {key: cells[row] for key, cells in lists.items() if row < len(cells)})

    def other(self, name: str, value: object) -> None:
        """Something that holds no metrics, such as a confusion matrix."""
        self.values[name] = value
        self._keep(name, value)

    def _remember(self, name: str, value: object) -> None:
        if name not in self.values:
            self.values[name] = value
        elif isinstance(self.values[name], list):
            self.values[name].append(value)
        else:
            self.values[name] = [self.values[name], value]

    def _report_row(self, name: str, cells: Mapping[str, object]) -> None:
        numbers = {column: number_in(cell) for column, cell in cells.items()}
        metrics = {f"{name}.{column}": number for column, number in numbers.items() if number is not None}
        if metrics:
            self._report(metrics)

    def _report(self, metrics: Mapping[str, object]) -> None:
        if self._metrics_path is not None:
            _trial.append_line(self._metrics_path, metrics)
        else:
            for name, number in metrics.items():
                print(f"{name}: {number}", flush=True)

    def _keep(self, name: str, value: object) -> None:
        plain = _plain(value)
        print(f"{name}: {plain}", flush=True)
        if self._metrics_path is not None:
            _trial.append_line(_trial.outputs() / _FILE, {"name": name, "value": plain})


def number_in(value: Any) -> float | int | None:
    """The number in a value, also in text or in a tensor of one element; a truth value is 0 or 1."""
    try:
        plain = value.item() if callable(getattr(value, "item", None)) else value
        number = float(plain)
    except (TypeError, ValueError, OverflowError, RuntimeError):  # RuntimeError: a tensor of several elements
        return None
    if isinstance(plain, str) and not math.isfinite(number):  # a word, such as "nan" or "infinity"
        return None
    return int(plain) if isinstance(plain, int) else number


def _listed(values: Any) -> list[Any]:
    if callable(getattr(values, "tolist", None)):
        values = values.tolist()
    is_single = isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable)
    return [values] if is_single else list(values)


def _plain(value: Any) -> Any:
    """The value in types of JSON, text of it where there are none."""
    if callable(getattr(value, "tolist", None)):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
