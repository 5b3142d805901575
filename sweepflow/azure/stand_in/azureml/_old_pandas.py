"""Lets scripts use pandas as they did at the SDK's time, and read the URLs that inputs stand for."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from azureml._inputs import find_input_to_read, source_not_mapped
from azureml._last_words import tell_if_it_fails
from azureml._notes import note

_REDUCTIONS = ("mean", "median", "std", "var", "skew", "corr", "cov")
_READERS = ("read_csv", "read_table", "read_parquet", "read_json", "read_excel")


def restore_pandas(pandas: Any) -> None:
    """Give data frames their old methods, and let the readers take the local files of mapped URLs."""
    for name in _READERS:
        setattr(pandas, name, _reading_inputs(getattr(pandas, name)))
    frame, series = pandas.DataFrame, pandas.Series
    additions = {
        (frame, "append"): _append(pandas),
        (series, "append"): lambda self, other, ignore_index=False, **_: pandas.concat(
            [self, *(other if isinstance(other, list) else [other])], ignore_index=ignore_index
        ),
        (frame, "applymap"): getattr(frame, "map", None),
        (frame, "iteritems"): frame.items,
        (series, "iteritems"): series.items,
    }
    for (kind, name), method in additions.items():
        if not hasattr(kind, name):
            setattr(kind, name, method)
    for name in _REDUCTIONS:
        setattr(frame, name, _of_numbers(name, getattr(frame, name)))
    pandas.get_dummies = _as_numbers(pandas.get_dummies)
    frame.drop = _with_axis_second(frame.drop)
    frame.replace, series.replace = _with_types(frame.replace), _with_types(series.replace)
    frame.fillna, series.fillna = _with_method(frame.fillna), _with_method(series.fillna)


def _reading_inputs(read: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(read)
    def read_input(source: Any, *arguments: Any, **options: Any) -> Any:
        path = find_input_to_read(source) if isinstance(source, str) else None
        if path is not None:
            note(f"{source.partition('?')[0]} is read from {path}")
        try:
            return read(source if path is None else path, *arguments, **options)
        except (OSError, ImportError):  # ImportError: for want of a package for such URLs
            if path is None and isinstance(source, str) and "://" in source:
                tell_if_it_fails(source_not_mapped(source))
            raise

    return read_input


def _append(pandas: Any) -> Callable[..., Any]:
    def append(self: Any, other: Any, ignore_index: bool = False, **_: Any) -> Any:
        """The rows of another frame, or one row, below those of this one."""
        others = other if isinstance(other, list) else [other]
        frames = [
            one if isinstance(one, pandas.DataFrame) else pandas.Series(one).to_frame().T for one in others
        ]
        return pandas.concat([self, *frames], ignore_index=ignore_index)

    return append


def _with_axis_second(drop: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(drop)
    def drop_as_then(self: Any, labels: Any = None, *axis: Any, **options: Any) -> Any:
        if axis:
            options["axis"] = axis[0]
        return drop(self, labels, **options)

    return drop_as_then


def _of_numbers(name: str, reduce: Callable[..., Any]) -> Callable[..., Any]:
    """Leaves out columns that are no numbers where the method cannot do with them."""

    @wraps(reduce)
    def reduce_as_then(self: Any, *values: Any, **options: Any) -> Any:
        try:
            return reduce(self, *values, **options)
        except (TypeError, ValueError):
            if "numeric_only" in options:
                raise
        note(f"DataFrame.{name}() leaves out the columns that are no numbers, as it did then")
        return reduce(self, *values, numeric_only=True, **options)

    return reduce_as_then


def _as_numbers(encode: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(encode)
    def encode_as_then(data: Any, *values: Any, **options: Any) -> Any:
        return encode(data, *values, **{"dtype": "uint8", **options})

    return encode_as_then


def _with_types(replace: Callable[..., Any]) -> Callable[..., Any]:
    """Columns in which numbers have replaced all text become numbers."""

    @wraps(replace)
    def replace_as_then(self: Any, *values: Any, **options: Any) -> Any:
        replaced = replace(self, *values, **options)
        return replaced.infer_objects() if hasattr(replaced, "infer_objects") else replaced

    return replace_as_then


def _with_method(fill: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(fill)
    def fill_as_then(self: Any, value: Any = None, *, method: str | None = None, **options: Any) -> Any:
        if method is None:
            return fill(self, value, **options)
        return (self.ffill if method in ("ffill", "pad") else self.bfill)(**options)

    return fill_as_then
