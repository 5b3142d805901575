from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sweepflow.cells.column_values import booleans, day_seconds, is_duration, is_time, numbers, words

MISSING = [None, np.nan, pd.NA, pd.NaT]
HALF_PAST_EIGHT = 8.5 * 3600


def column(values: Any, dtype: Any = object) -> pd.Series:
    return pd.Series(values, dtype=dtype, name="c")


@pytest.mark.parametrize(
    "values",
    [
        column([Decimal("1.50"), Decimal("-2")]),
        column([1.5, -2], "float64"),
        column([1.5, -2], "float16"),
        column([1.5, -2], "Float64"),
        column([1.5, -2], "double[pyarrow]"),
        column([1.5, -2], "category"),
        column(["1.5", "-2"]),
        column([" 1.50", "-2e0 "], "str"),
        column(["1.5", "-2"], "category"),
        column([timedelta(seconds=1.5), timedelta(seconds=-2)]),
        column([timedelta(seconds=1.5), timedelta(seconds=-2)], "timedelta64[ms]"),
        column([timedelta(seconds=1.5), timedelta(seconds=-2)], "category"),
    ],
)
def test_a_number_is_the_same_in_every_form(values: pd.Series) -> None:
    assert numbers(values).tolist() == [1.5, -2.0]
    assert numbers(values).dtype == np.float64


@pytest.mark.parametrize("dtype", ["timedelta64[us]", "duration[us][pyarrow]"])
def test_the_longest_durations_are_rounded_to_a_float(dtype: str) -> None:
    microseconds = 2**53 + 1
    found = numbers(column([timedelta(microseconds=microseconds)], dtype))
    assert found.tolist() == pytest.approx([microseconds / 1e6])


@pytest.mark.parametrize("convert", [numbers, booleans, day_seconds])
@pytest.mark.parametrize("dtype", ["object", "category"])
def test_whatever_means_missing_is_missing(convert: Any, dtype: str) -> None:
    assert np.isnan(convert(column(MISSING, dtype))).all()


@pytest.mark.parametrize("text", ["much", "1_000", "1,5", "0xZ"])
def test_a_text_that_is_no_number_is_named_with_its_column(text: str) -> None:
    with pytest.raises(ValueError, match=f"^'{text}' in column 'c' "):
        numbers(column(["1", text]))


def test_numbers_beyond_all_integers_of_a_computer_are_numbers() -> None:
    assert numbers(column([2**80, "0x1F", "-9223372036854775809"])).tolist() == [2.0**80, 31.0, -(2.0**63)]


@pytest.mark.parametrize(
    "values",
    [
        column([True, False]),
        column([True, False], "bool"),
        column([True, False], "boolean"),
        column([True, False], "category"),
        column([1, 0], "int64"),
        column([1.0, 0.0], "float64"),
        column(["true", "False"]),
        column(["TRUE", "0"], "str"),
    ],
)
def test_a_boolean_is_the_same_in_every_form(values: pd.Series) -> None:
    assert booleans(values).tolist() == [1.0, 0.0]


def test_what_is_no_boolean_is_named_with_its_column() -> None:
    with pytest.raises(ValueError, match="'maybe' in column 'c' "):
        booleans(column(["true", "maybe"]))


@pytest.mark.parametrize(
    "value",
    [
        *("8:30", "08:30", " 08:30:00 ", "8:30:00.000", "8:30 am", "08:30AM", "8:30 a.m."),
        *(time(8, 30), timedelta(hours=8, minutes=30), datetime(1900, 1, 1, 8, 30)),
        *(np.timedelta64(30600, "s"), pd.Timestamp("2024-01-01 08:30"), HALF_PAST_EIGHT, 30600),
    ],
)
def test_a_time_of_day_is_the_same_in_every_form(value: object) -> None:
    for dtype in ("object", "category", None):
        assert day_seconds(column([value], dtype)).tolist() == [HALF_PAST_EIGHT]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0:00", 0),
        ("24:00", 86400),
        ("12:00 am", 0),
        ("12:30 pm", 45000),
        ("11:59 PM", 86340),
        ("23:59:59.25", 86399.25),
        ("00:00:00.123456789", 0.123456),
    ],
)
def test_a_time_is_read_as_seconds(text: str, seconds: float) -> None:
    assert is_time(text)
    assert day_seconds(column([text])).tolist() == [seconds]


@pytest.mark.parametrize(
    "text",
    ["24:01", "25:00", "8:60", "8:30:60", "13:00 pm", "0:30 am", "8", "830", "8:3", "8:30Z", "soon"],
)
def test_what_is_no_time_is_named_with_its_column(text: str) -> None:
    assert not is_time(text)
    with pytest.raises(ValueError, match=f"'{text}' in column 'c' "):
        day_seconds(column(["8:30", text]))


@pytest.mark.parametrize("value", ["1", " 1", "01", "1.0", "+1", "1e0", 1, 1.0, np.float32(1)])
def test_a_word_for_one_is_the_same_in_every_form(value: object) -> None:
    assert words(column([value]), are_read=True).tolist() == ["1"]


@pytest.mark.parametrize("value", ["true", "TRUE", True, np.True_])
def test_a_word_for_true_is_the_same_in_every_form(value: object) -> None:
    assert words(column([value]), are_read=True).tolist() == ["True"]


@pytest.mark.parametrize("text", ["A12", "1_000", "1,5", " a", "yes", "2024-01-31", ""])
def test_other_words_stay_as_they_are(text: str) -> None:
    assert words(column([text]), are_read=True).tolist() == words(column([text])).tolist() == [text]


@pytest.mark.parametrize("are_read", [True, False])
def test_a_missing_word_is_missing(are_read: bool) -> None:
    assert pd.isna(words(column(MISSING), are_read=are_read)).all()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0 days 08:30:00", HALF_PAST_EIGHT), ("-1 days +23:59:59.500000", -0.5), ("12 days", 12 * 86400)],
)
def test_a_duration_is_read_as_pandas_writes_it(text: str, seconds: float) -> None:
    assert is_duration(text)
    assert numbers(column([text, pd.NA])).tolist()[0] == seconds
