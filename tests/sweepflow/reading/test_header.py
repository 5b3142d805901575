"""CSV files whose first line holds no names, or more names than columns."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sweepflow.errors import DataError
from sweepflow.reading.csv_files import column_count
from sweepflow.reading.source_files import open_source
from sweepflow.reading.table import read_table


def names(path: Path, content: str, columns: tuple[str, ...] | None = None) -> list[str]:
    path.write_text(content, encoding="utf-8")
    with open_source(str(path), columns=columns) as files:
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


@pytest.mark.parametrize(
    "rows",
    [
        "39, State-gov, Male\n50, Private, Male\n38, Private, Female\n28, State-gov, Female\n",
        "a,b\nb,b\na,c\n",
        "A11 6 A34\nA12 48 A32\nA11 12 A34\n",
    ],
)
def test_a_first_line_of_words_that_come_back_is_no_header(tmp_path: Path, rows: str) -> None:
    told = r"t\.data seems to have no header, .*, or name them in data\.columns \(sweepflow init --no-header"
    with pytest.raises(DataError, match=told):
        names(tmp_path / "t.data", rows)


def test_words_that_come_back_in_few_columns_or_together_are_names(tmp_path: Path) -> None:
    assert names(tmp_path / "t.csv", "x,y,z\nx,1,a\n,2,b\n") == ["x", "y", "z"]
    assert names(tmp_path / "t.csv", "x,y\na,b\nx,y\nc,d\n") == ["x", "y"]  # two files in one


def test_words_that_only_mark_rows_are_names(tmp_path: Path) -> None:
    rows = "milk,bread,price\nmilk,,1\n,bread,2\nmilk,bread,3\n"
    assert names(tmp_path / "t.csv", rows) == ["milk", "bread", "price"]


def test_names_that_are_given_make_a_row_of_the_first_line(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("1;2,5\n3;4,5\n")
    with open_source(str(path), columns=("a", "b")) as files:
        assert read_table(files).to_pydict() == {"a": [1, 3], "b": [2.5, 4.5]}
    with pytest.raises(DataError, match=r"t\.csv has 2 columns, but data\.columns has 1 names"):
        names(path, "1;2\n3;4\n", ("a",))
    with pytest.raises(DataError, match="has 2 columns 'a'"):
        names(path, "1;2\n3;4\n", ("a", "a"))


@pytest.mark.parametrize("content", ["1,2\n3,4,5\n", "\n\n", '"a,b\n1,2\n'])
def test_columns_of_a_damaged_file_are_not_counted(tmp_path: Path, content: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(content)
    with (
        open_source(str(path)) as files,
        pytest.raises(DataError, match=r"t\.csv cannot be read as CSV, mend it or write it again"),
    ):
        column_count(files.files[0])


def test_names_that_are_given_are_for_csv_files(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1]}), tmp_path / "t.parquet")
    with (
        open_source(str(tmp_path / "t.parquet"), columns=("a",)) as files,
        pytest.raises(DataError, match=r"t\.parquet has names of columns already: leave data\.columns out"),
    ):
        read_table(files)


def test_single_blanks_separate_columns_where_nothing_else_does(tmp_path: Path) -> None:
    assert names(tmp_path / "t.data", "mpg kind\n18.0 a\n15.5 b\n") == ["mpg", "kind"]
    assert names(tmp_path / "t.csv", "a comment\nwell\n") == ["a comment"]
    for rows in (
        " 0.1  18.0   2.31\n 0.2   0.0   7.07\n",
        "x y\n1 2\n3 4 \n",
        "x y\n" + "1 2\n" * 5 + "3  4\n",
    ):
        with pytest.raises(DataError, match=r"between its columns, but several .*: sed -E .* > new\.csv"):
            names(tmp_path / "t.data", rows)
