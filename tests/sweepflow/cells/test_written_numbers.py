import numpy as np
import pyarrow as pa
import pytest

from sweepflow.cells.texts import count_texts
from sweepflow.cells.written_numbers import (
    NumberFormat,
    WrittenNumbers,
    format_of,
    picture_of,
    read_numbers,
    written_numbers,
)


def found(*cells: str, decimal: str | None = None, thousands: str | None = None) -> WrittenNumbers:
    written = written_numbers(count_texts(pa.array(cells), ()), decimal, thousands)
    assert written is not None
    return written


@pytest.mark.parametrize(
    ("cells", "picture", "numbers"),
    [
        (["1,5", "2"], "1234,5", [1.5, 2]),
        (["1.5", "-2."], "1234.5", [1.5, -2]),
        (["0,5e-3", "1,E2"], "1234,5", [0.0005, 100]),
        ([" 0,5", "\t,5"], "1234,5", [0.5, 0.5]),
        (["1,234.50", "7"], "1,234.5", [1234.5, 7]),
        (["1.234,50", "7"], "1.234,5", [1234.5, 7]),
        (["1.234.567", "1.234"], "1.234", [1234567, 1234]),
        (["1 234,5", "1\u00a0234", "1\u202f234"], "1 234,5", [1234.5, 1234, 1234]),
        (["1'234.5", "1\u2019234"], "1'234.5", [1234.5, 1234]),
        (["12,34,567.5"], "1,234.5", [1234567.5]),
        (["$1,234.50", "-$3", "$ -3"], "1,234.5 $", [1234.5, -3, -3]),
        (["EUR 5,50", "7,00 EUR"], "1234,5 EUR", [5.5, 7]),
        (["R$ 5,50"], "1234,5 R$", [5.5]),
        (["12 %", "7%"], "1234.5 %", [12, 7]),
        (["12 kg", "7kg", "0.5 km"], "1234.5 kg", [12, 7, np.nan]),
        (["+5", "\u22125", "5.0-", "(5)", "- 5"], "1234.5", [5, -5, -5, -5, -5]),
        (["1", "1-", "2-", "2+"], "1234.5", [1, np.nan, np.nan, np.nan]),  # grades
        (["12.50", "13.-", "7.\u2013", "-8.--"], "1234.5", [12.5, 13, 7, -8]),  # no hundredths
        (["12,50", "100,-", "1.100,--"], "1.234,5", [12.5, 100, 1100]),
        (["100,- kr", "99,50 kr", "100,\u2014kr"], "1234,5 kr", [100, 99.5, 100]),
        (["5,377e+03", "-1,5e3"], "1234,5", [5377, -1500]),
        (["5377 sq ft", "12.5 sq ft"], "1234.5 sq ft", [5377, 12.5]),
        (["Rs. 5,377.50", "Rs.7"], "1,234.5 Rs.", [5377.5, 7]),
        (["5", "(5", "--5", "5)", "-(5-)"], "1234.5", [5, np.nan, np.nan, np.nan, np.nan]),
        (
            ["5", "?", "-", ".", "#DIV/0!", "\\N", "inf", "1_000", "0x1F", "1e400"],
            "1234.5",
            [5] + [np.nan] * 9,
        ),
        (["5", "12:30", "2024-01-31", "31.12.2024", "1.2.3.4", "3-4"], "1234.5", [5] + [np.nan] * 5),
    ],
)
def test_numbers_are_read_as_they_are_written(cells: list[str], picture: str, numbers: list[float]) -> None:
    written = found(*cells)
    assert picture_of(written.format) == picture
    assert written.numbers == pytest.approx(numbers, nan_ok=True)
    again = read_numbers(pa.array([*dict.fromkeys(cells)]), format_of(picture))
    assert again == pytest.approx(numbers, nan_ok=True)


@pytest.mark.parametrize(
    ("cells", "shows_decimal", "fits_otherwise"),
    [
        (["1,234"], False, True),
        (["1,234", "7", "12,345"], False, True),
        (["1,234", "0,123"], True, False),
        (["1,234", "1,2345"], True, False),
        (["1,234", "1,234,567"], True, False),
        (["1.234"], False, True),
        (["1,234e+03"], True, False),
        (["1.5"], True, False),
        (["7"], False, False),
        (["1 234"], False, False),
    ],
)
def test_what_a_sign_separates_is_known_from_the_column_or_open(
    cells: list[str], shows_decimal: bool, fits_otherwise: bool
) -> None:
    assert found(*cells)[-2:] == (shows_decimal, fits_otherwise)


@pytest.mark.parametrize(
    ("cell", "signs", "number"),
    [
        ("1,234", {"decimal": ","}, 1.234),
        ("1,234", {"thousands": ","}, 1234),
        ("1,234", {"decimal": "."}, 1234),
        ("1.234", {}, 1.234),
        ("1.234", {"decimal": ","}, 1234),
        ("1.234", {"thousands": "."}, 1234),
        ("1.5", {"decimal": ","}, 1.5),  # nothing else is possible
        ("1,5", {"decimal": "."}, 1.5),
    ],
)
def test_given_signs_decide_what_is_open(cell: str, signs: dict[str, str], number: float) -> None:
    written = found(cell, **signs)
    assert written.numbers.tolist() == [number]
    assert not written.fits_otherwise or not signs


def test_the_way_that_fits_most_cells_is_taken() -> None:
    assert found(*["1,5"] * 9, "1.5").numbers == pytest.approx([1.5, np.nan], nan_ok=True)
    assert found("1,5", *["1.5"] * 9).numbers == pytest.approx([np.nan, 1.5], nan_ok=True)


@pytest.mark.parametrize(("n_odd", "are_nearly_all"), [(0, True), (5, True), (6, False)])
def test_up_to_one_in_twenty_cells_may_be_odd(n_odd: int, are_nearly_all: bool) -> None:
    written = found(*map(str, range(1, 101 - n_odd)), *["x"] * n_odd)
    assert written.are_nearly_all == are_nearly_all


@pytest.mark.parametrize(
    "mark", ["?", "-", "--", ".", "*", "n.a.", "N/A", "NULL", "(null)", "#DIV/0!", "\\N"]
)
def test_a_mark_for_a_missing_number_may_be_in_any_number_of_cells(mark: str) -> None:
    assert found("1", "2", *[mark] * 98).are_nearly_all
    assert not found("1", "2", *[f"{mark}x"] * 98).are_nearly_all


def test_codes_that_begin_with_a_zero_are_numbers_only_where_that_is_asked_for() -> None:
    written = found("01234", "04711", "10115", "0")
    assert written.share == 0.5
    assert written.numbers.tolist() == [1234, 4711, 10115, 0]


@pytest.mark.parametrize("cells", [["a"], ["", " "], [], ["030 123 456"]])
def test_what_holds_no_number_is_none(cells: list[str]) -> None:
    assert written_numbers(count_texts(pa.array(cells, pa.string()), ())) is None


@pytest.mark.parametrize("thousands", ["", ",", ".", " ", "'"])
@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("unit", ["", "€", "km/h", "5", "two words"])
def test_a_picture_stands_for_its_format(decimal: str, thousands: str, unit: str) -> None:
    if decimal != thousands:
        format = NumberFormat(decimal, thousands, unit)
        assert format_of(picture_of(format)) == format
    whole = NumberFormat(",", ".", unit, is_whole=True)
    assert format_of(picture_of(whole)) == whole


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match=r"must be 1234\.5 as the numbers are written, got '12'"):
        format_of("12")
