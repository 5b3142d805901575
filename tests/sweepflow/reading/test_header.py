"""CSV files whose first line holds no names, or more names than columns."""

from pathlib import Path

import pytest

from sweepflow.errors import DataError
from sweepflow.reading.source_files import open_source
from sweepflow.reading.table import read_table


def names(path: Path, content: str) -> list[str]:
    path.write_text(content, encoding="utf-8")
    with open_source(str(path)) as files:
        return list(read_table(files).column_names)


@pytest.mark.parametrize("row", ["7.4,0.7,0,1.9,5", "5,0,0,5,a", "12.5,3.5,9.1", "-1.5,2,-3.25,b"])
def test_a_first_line_of_numbers_in_no_order_is_no_header(tmp_path: Path, row: str) -> None:
    told = r"t\.csv seems to have no header, its first line is .*: write a line with the names"
    with pytest.raises(DataError, match=told):
        names(tmp_path / "t.csv", f"{row}\n{row}\n")


@pytest.mark.parametrize(
    "header",
    [
        "2019,2020,2021",
        "2021,2020,2019",
        "350.5,351,351.5,y",
        "1,10,2,y",
        "x,1.5,0.5,y,z",
        "3,1,2,y",
        "1.5,a",
    ],
)
def test_numbers_that_may_be_names_are_names(tmp_path: Path, header: str) -> None:
    row = ",".join("1" for _ in header.split(","))
    assert names(tmp_path / "t.csv", f"{header}\n{row}\n") == header.split(",")


@pytest.mark.parametrize("sep", [",", ";", "\t"])
def test_columns_without_a_name_and_values_are_left_out(tmp_path: Path, sep: str) -> None:
    rows = ["x,y,, ,", "1,a,,,", "2,b,, ,"]
    assert names(tmp_path / "t.csv", "\n".join(rows).replace(",", sep)) == ["x", "y"]


def test_values_without_a_name_are_not_left_out(tmp_path: Path) -> None:
    assert names(tmp_path / "t.csv", ",x\n0,1\n1,2\n") == ["", "x"]
    with pytest.raises(DataError, match="has 2 columns ''"):
        names(tmp_path / "t.csv", "x,,\n1,2,3\n")
