"""The columns to predict, mostly one: their values as the trials read them, and its classes."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import types

from sweepflow.data.features import plain
from sweepflow.data.labels import Label, in_words
from sweepflow.data.source import DataSource
from sweepflow.errors import DataError
from sweepflow.reading.arrow_types import kind_of

__all__ = ["MOST_CLASSES", "has_target", "positive_label", "target_values"]

MOST_CLASSES = 20
"""The most distinct whole numbers that are classes, if only the target decides."""


def has_target(source: DataSource, table: pa.Table, notices: list[str]) -> NDArray[np.bool_]:
    """Whether each row has a value of every target, with a notice of how many have not.

    DataError if none has.
    """
    n_rows = table.num_rows
    known = np.ones(n_rows, dtype=bool)
    for name in source.targets:
        has_value = ~np.asarray(pc.is_null(table[name], nan_is_null=True))
        if not has_value.any():
            message = f"column {name!r} has no values in {n_rows} rows: name one that has"
            raise DataError("data.target", message)
        known &= has_value
    missing = int((~known).sum())
    if missing == n_rows:
        message = f"no row of {n_rows} has a value in all of the {in_words('column', source.targets)}"
        raise DataError("data.target", message)
    if missing:
        lacking = " or no ".join(map(repr, source.targets))
        notices.append(f"{missing} of {n_rows} rows have no {lacking} and are left out.")
    return known


def target_values(
    source: DataSource, table: pa.Table, is_classifier: bool | None
) -> tuple[dict[str, Any], tuple[Label, ...] | None]:
    """The targets' values by name and, if they are classes, the sorted labels.

    DataError if they cannot be predicted; several must be numbers. If `is_classifier` is None, the target
    decides; then whole numbers that are written as 1.0 can be classes if the source has a positive label.
    """
    name, *others = source.targets
    if not others:
        values, labels = _of_one(source, name, table[name], is_classifier)
        return {name: values}, labels
    if is_classifier:
        named = in_words("column", source.targets)
        rule = "several targets are predicted as numbers, and the estimator predicts classes"
        raise DataError(
            "data.target", f"{rule} ({named}): name one column, or a regressor in trial.estimator"
        )
    for name in source.targets:
        if kind_of(table[name].type) != "numeric":
            held = f"column {name!r} holds {table[name].type} values ({table.num_rows} rows)"
            raise DataError("data.target", f"{held}, and several targets must be numbers: leave it out")
    return {name: _of_one(source, name, table[name], False)[0] for name in source.targets}, None


def _of_one(
    source: DataSource, name: str, column: Any, is_classifier: bool | None
) -> tuple[Any, tuple[Label, ...] | None]:
    n_rows, kind = len(column), kind_of(column.type)
    if is_classifier is None:
        has_whole = types.is_integer(column.type)
        if source.positive_label is not None and types.is_floating(column.type):
            has_whole = pc.all(_is_whole(column)).as_py()
        is_few = has_whole and pc.count_distinct(column).as_py() <= MOST_CLASSES
        is_classifier = kind in ("boolean", "categorical") or is_few
    if kind not in (("numeric", "boolean", "categorical") if is_classifier else ("numeric",)):
        held = f"column {name!r} holds {column.type} values ({n_rows} rows)"
        predicted = "classes" if is_classifier else "numbers"
        cure = "change one of them"
        cure += ", or name it in data.numbers if most cells are numbers" if kind == "categorical" else ""
        raise DataError("data.target", f"{held} but the estimator predicts {predicted}: {cure}")
    values = plain(column, kind)
    if pc.count_distinct(values).as_py() == 1:
        message = f"column {name!r} has one value, {values[0].as_py()!r}, in all {n_rows} rows: name another"
        raise DataError("data.target", message)
    if types.is_floating(values.type):
        values = _checked_floats(name, values, is_classifier)
    return values, tuple(sorted(pc.unique(values).to_pylist())) if is_classifier else None


def _checked_floats(name: str, values: Any, is_classifier: bool) -> Any:
    """Whole numbers as integers for a classifier, finite ones as they are for a regressor; else DataError."""
    if pc.all(_is_whole(values) if is_classifier else pc.is_finite(values)).as_py():
        return values.cast(pa.int64()) if is_classifier else values
    message = (
        f"column {name!r} is infinite in {pc.sum(pc.is_inf(values))} of {len(values)} rows: leave them out"
    )
    if is_classifier:
        counts = f"{pc.count_distinct(values)} distinct values in {len(values)} rows"
        message = (
            f"column {name!r} is continuous ({counts}) but the estimator is a classifier: use a regressor"
        )
    raise DataError("data.target", message)


def _is_whole(values: Any) -> Any:
    return pc.and_(pc.equal(pc.round(values), values), pc.less(pc.abs(values), 2.0**53))


def positive_label(source: DataSource, labels: tuple[Label, ...] | None) -> Label | None:
    """The positive one of two labels; None if there are not two; DataError if the given one is no label."""
    label, known = source.positive_label, labels or ()
    label = label.strip() if isinstance(label, str) else label  # as the labels are
    if label is None:
        return known[1] if len(known) == 2 else None
    if len(known) != 2 or label not in known:
        described = in_words("column", source.targets)
        found = f"{described} has {len(known)}: {', '.join(map(repr, known[:10]))}"
        found = found if len(source.targets) == 1 else f"{described} hold numbers"
        raise DataError("data.positive_label", f"must be one of two classes, got {label!r} ({found})")
    return known[known.index(label)]
