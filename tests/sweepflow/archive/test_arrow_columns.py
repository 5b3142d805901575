from array import array
from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pytest

from sweepflow.archive.arrow_columns import TIME, arrow_column, buffer_column, dictionary_column

SUMMER = timezone(timedelta(hours=2))
TIMES = [datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC), datetime(2026, 7, 1, 12, 30, 0, 1, SUMMER)]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["", "aé😀", "x" * 3000], pa.string()),
        ([0, -(2**63), 2**63 - 1], pa.int64()),
        ([-0.0, float("inf"), 5e-324, 3], pa.float64()),
        ([True, False, False], pa.bool_()),
        (TIMES, TIME),
    ],
)
def test_a_column_is_that_of_pyarrow_with_and_without_missing_values(values, kind):
    for each in (values, [None, *values, None], [None] * 9, [*values * 5, None], []):
        column = arrow_column(each, kind)
        column.validate(full=True)
        assert column.equals(pa.array(each, kind))


def test_a_number_that_is_not_a_number_is_not_missing():
    assert arrow_column([float("nan"), None], pa.float64()).null_count == 1


def test_a_whole_number_beyond_64_bits_is_refused():
    with pytest.raises(OverflowError):
        arrow_column([2**63], pa.int64())


@pytest.mark.parametrize("numbers", [[], [1.5, float("nan"), float("-inf")] * 9, [5e-324, -0.0]])
def test_the_column_of_a_buffer_has_nothing_where_the_number_is_none(numbers):
    column = buffer_column(array("d", numbers), pa.float64())
    column.validate(full=True)
    assert column.equals(pa.array([None if number != number else number for number in numbers], pa.float64()))


def test_the_column_of_a_buffer_of_whole_numbers_is_as_long():
    column = buffer_column(array("q", [0, -(2**63), 2**63 - 1]), pa.int64())
    assert column.equals(pa.array([0, -(2**63), 2**63 - 1]))


@pytest.mark.parametrize(("texts", "places"), [([], []), (["", "aé😀", "x"], [2, 1, 1, 0])])
def test_the_column_of_a_dictionary_has_the_text_of_each_place(texts, places):
    column = dictionary_column(texts, array("i", places))
    column.validate(full=True)
    assert column.equals(pa.array([texts[place] for place in places], pa.string()))
