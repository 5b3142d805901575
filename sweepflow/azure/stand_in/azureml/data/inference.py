"""The types that the SDK gives to columns of text files where pandas leaves text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_TRUTHS = {"True": True, "Yes": True, "Y": True, "False": False, "No": False, "N": False}
"""In this spelling only: the SDK leaves `yes` and `no` as text."""

_DATE = r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z?)?"


def infer_types(frame: Any, columns: Iterable[str]) -> Any:
    """The frame with truth values and dates in those of the columns that hold nothing else."""
    import pandas

    for column in columns:
        values = frame[column]
        present = values.dropna()
        if present.empty or not present.map(lambda value: isinstance(value, str)).all():
            continue
        if present.isin(list(_TRUTHS)).all():
            truths = values.map(_TRUTHS)
            frame[column] = truths.astype("bool") if len(present) == len(values) else truths
        elif present.str.fullmatch(_DATE).all():
            # Before pandas 2, each date had a format of its own.
            form: dict[str, Any] = {} if pandas.__version__.startswith("1.") else {"format": "ISO8601"}
            frame[column] = pandas.to_datetime(values, errors="coerce", **form)
    return frame
