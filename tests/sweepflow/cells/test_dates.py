import pandas as pd
import pyarrow as pa
import pytest

from sweepflow.cells.dates import read_dates
from sweepflow.errors import DataError


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["2024-01-31", "2024-02-01"], ["2024-01-31", "2024-02-01"]),
        (["2024-01-31T12:00:00+02:00", "2024-02-01"], ["2024-01-31T10:00", "2024-02-01"]),
        (["20240131", "20240201"], ["2024-01-31", "2024-02-01"]),
        (["01/31/2024", "02/01/2024"], ["2024-01-31", "2024-02-01"]),
        (["02/01/2024", "31/01/2024"], ["2024-01-02", "2024-01-31"]),
        (["31.01.2024 08:15", " 1.2.2024 8:15 "], ["2024-01-31T08:15", "2024-02-01T08:15"]),
        (["Jan 31, 2024", None], ["2024-01-31", None]),
    ],
)
def test_dates_are_read_in_the_format_that_fits_all(texts: list[str], expected: list[str | None]) -> None:
    notices: list[str] = []
    dates, _ = read_dates("day", pa.chunked_array([texts]), notices)
    assert dates.to_pylist() == [text and pd.Timestamp(text) for text in expected]
    assert notices == []


@pytest.mark.parametrize(
    ("text", "day", "format"),
    [("01/02/2024", "2024-01-02", "%m/%d/%Y"), ("01-02-2024", "2024-02-01", "%d-%m-%Y")],
)
def test_dates_that_fit_two_formats_get_a_notice(text: str, day: str, format: str) -> None:
    notices: list[str] = []
    dates, found = read_dates("day", pa.chunked_array([[text]]), notices)
    assert (dates.to_pylist(), found) == ([pd.Timestamp(day)], format)
    assert notices == [f"Column 'day' is read as {format} but fits another order too: write YYYY-MM-DD."]


@pytest.mark.parametrize(
    ("texts", "bad"), [(["2024-01-31", "soon", "later"], "soon"), (["later", "2024-01-31"], "later")]
)
def test_the_first_value_that_is_no_date_is_named(texts: list[str], bad: str) -> None:
    with pytest.raises(DataError, match=rf"^data\.dates: '{bad}' in column 'day' \(\d rows\) is no date"):
        read_dates("day", pa.chunked_array([texts]), [])
