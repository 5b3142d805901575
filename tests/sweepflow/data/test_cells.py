"""Cells of text: what they mean to a model, and that it learns what it is given."""

import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import PreparedData, features_and_target, load_part
from sweepflow.data.source import DataSource, Validation
from sweepflow.errors import DataError
from sweepflow.reading.missing_words import MISSING_WORDS
from sweepflow.spec.spec import Spec
from sweepflow.training.preprocessor import unfitted

N_ROWS = 100
PLAIN = [f"{n / 4}" for n in range(N_ROWS)]
COMMA = [text.replace(".", ",") for text in PLAIN]
THOUSANDS = [f"{n},234" for n in range(1, N_ROWS + 1)]

Table = Callable[..., PreparedData]


def csv(sep: str = ",", **columns: Sequence[object]) -> str:
    """A table with these columns, each repeated to its rows, and a target."""
    rows = {name: [values[n % len(values)] for n in range(N_ROWS)] for name, values in columns.items()}
    rows = {**rows, "y": ["a", "b"] * (N_ROWS // 2)} if "y" not in rows else rows
    return pd.DataFrame(rows).to_csv(sep=sep, index=False)


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """Prepares a CSV file of a column `x`."""

    def prepared(
        *cells: str,
        sep: str = ",",
        is_classifier: bool | None = None,
        others: dict[str, Sequence[object]] | None = None,
        **options: Any,
    ) -> PreparedData:
        text = csv(sep, x=cells, **(others or {}))
        (tmp_path / "t.csv").write_text(text, encoding="utf-8")
        source = DataSource.parse({"path": str(tmp_path / "t.csv"), "target": "y", **options})
        return prepare(source, Validation(), tmp_path / "cache", is_classifier=is_classifier)

    return prepared


def values(data: PreparedData, name: str = "x") -> list[Any]:
    """The prepared values of a column, in no order."""
    parts = [load_part(data.folder, part)[name] for part in ("train", "validation", "test")]
    return pd.concat(parts).tolist()


def features(data: PreparedData, given: pd.DataFrame) -> np.ndarray:
    """What the model makes of a table, its rows in order."""
    train, target = features_and_target(load_part(data.folder, "train"), data)
    made = unfitted(data, {}).fit(train, target).transform(given)
    return made[np.lexsort(made.T)]


def learned_as_given(data: PreparedData, given: pd.DataFrame) -> bool:
    """Whether the model makes the same of the prepared rows and of the file as pandas reads it."""
    parts = [load_part(data.folder, part) for part in ("train", "validation", "test")]
    return np.allclose(features(data, pd.concat(parts)), features(data, given))


# Numbers


@pytest.mark.parametrize("sep", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("cells", "first"),
    [
        (COMMA, 0.25),
        (["1,5", "2", "-0,25"], 1.5),
        (["0,5e-3", " 0,5"], 0.0005),
        (["1.234,50", "12"], 1234.5),
        (["1,234.50", "12"], 1234.5),
        (["$1,234.50", "-$3"], 1234.5),
        (["12,5 %", "7 %"], 12.5),
        (["1'234.5", "3"], 1234.5),
        (["1 234,5", "1\u00a0234"], 1234.5),
        (["12.5 kg", "3kg"], 12.5),
        (["\u22121,5", "1"], -1.5),
        ([*PLAIN[:96], *["?"] * 4], 0.25),
        ([*COMMA[:96], *["?"] * 4], 0.25),
        ([*PLAIN[:96], " ", "-", "#DIV/0!", "\\N"], 0.25),
        ([*PLAIN[:96], "NA", "", ".", "NULL"], 0.25),
    ],
)
def test_numbers_are_learned_and_given_alike_however_they_are_written(
    table: Table, tmp_path: Path, sep: str, cells: list[str], first: float
) -> None:
    data = table(*cells, sep=sep)
    assert data.numeric == ("x",)
    assert first in values(data)
    assert learned_as_given(data, pd.read_csv(tmp_path / "t.csv", sep=sep))


def test_a_table_read_with_its_decimal_comma_is_given_alike(table: Table, tmp_path: Path) -> None:
    data = table("1.234,5", "7", "0,25", sep=";")
    given = pd.read_csv(tmp_path / "t.csv", sep=";", decimal=",", thousands=".")
    assert given["x"].dtype == "float64"
    assert learned_as_given(data, given)


def test_the_odd_cells_are_named_and_count_as_missing(table: Table) -> None:
    data = table(*PLAIN[:16], "?", *PLAIN[17:97], "n.a.", "?", " ")
    assert np.isnan(values(data)).sum() == 4
    found = "'?' (2; first in row 17), 'n.a.' (row 98), ' ' (row 100)"
    told = f"Column 'x' is read as numbers; 4 of 100 cells are none and count as missing: {found}."
    assert data.notices == (told,)


def test_a_model_that_learned_no_odd_cell_names_the_first_one(table: Table) -> None:
    data = table("$1", "$2")
    with pytest.raises(ValueError, match=r"^'\$3\.x' in column 'x' cannot be read as the others$"):
        features(data, pd.DataFrame({"x": ["$1", "$3.x"]}))


@pytest.mark.parametrize(("n_odd", "kind"), [(5, "numeric"), (6, "categorical")])
def test_a_column_is_one_of_numbers_if_nearly_all_cells_are(table: Table, n_odd: int, kind: str) -> None:
    data = table(*PLAIN[n_odd:], *["x"] * n_odd)
    assert getattr(data, kind) == ("x",)


def test_a_column_of_numbers_and_words_is_told(table: Table) -> None:
    cells = [*PLAIN[:60], *["low", "high"] * 20]
    (told,) = table(*cells).notices
    assert told == (
        "Column 'x' is read as categories: of 100 cells 60 are numbers, but not 'low' (20), 'high' (20): "
        "name it in data.numbers or in data.categories."
    )
    assert table(*cells, categories=["x"]).notices == ()
    data = table(*cells, numbers=["x"])
    assert np.isnan(values(data)).sum() == 40
    assert "40 of 100 cells are none and count as missing: 'low' (20; first in row 61)" in data.notices[0]


def test_missing_words_of_many_columns_are_told_in_one_sentence(table: Table) -> None:
    others = {name: ["a", "NA"] * 50 for name in "bcdef"}
    told = [notice for notice in table(*PLAIN, others=others).notices if "missing" in notice]
    first = "'b': 'NA' (50); 'c': 'NA' (50); 'd': 'NA' (50)"
    assert told == [f"In 5 columns words count as missing (data.nulls says what does): {first} and 2 more."]


def test_names_that_begin_with_a_number_are_no_numbers(table: Table) -> None:
    assert table(*["1Story", "2Story"] * 40, *["SLvl"] * 20).notices == ()


def test_numbers_in_several_ways_of_writing_are_told(table: Table) -> None:
    (told,) = table("1.5", "1,5").notices
    assert "its numbers are written in several ways, such as '1.5' and '1,5'" in told


@pytest.mark.parametrize(
    ("options", "others", "first"),
    [
        ({"decimal": ","}, {}, 1.234),
        ({"thousands": ","}, {}, 1234),
        ({}, {"z": COMMA}, 1.234),
        ({}, {"z": PLAIN}, 1234),
        ({}, {"z": ["1,234.5"]}, 1234),
        ({"sep": ";"}, {}, 1.234),
    ],
)
def test_what_a_comma_separates_is_known_from_a_field_or_the_rest_of_the_file(
    table: Table, tmp_path: Path, options: dict[str, Any], others: dict[str, Sequence[object]], first: float
) -> None:
    data = table(*THOUSANDS, others=others, **options)
    assert first in values(data)
    assert learned_as_given(data, pd.read_csv(tmp_path / "t.csv", sep=options.get("sep", ",")))


def test_what_a_comma_separates_is_asked_for_where_nothing_tells(table: Table) -> None:
    found = r"column 'x' has numbers like '1,234', whose ',' may separate decimals or thousands"
    with pytest.raises(DataError, match=rf'^data\.decimal: .*t\.csv: {found}: say decimal: "," or thousands'):
        table(*THOUSANDS)
    with pytest.raises(DataError, match="whose ',' may separate"):
        table(*THOUSANDS, others={"z": COMMA, "w": PLAIN})
    assert table(*THOUSANDS, others={"z": PLAIN}, drop=["x"]).numeric == ("z",)
    dots = [text.replace(",", ".") for text in THOUSANDS]
    assert 1.234 in values(table(*dots))
    with pytest.raises(
        DataError, match=r"numbers like '1\.234', whose '\.' may separate decimals or thousands"
    ):
        table(*dots, sep=";")
    assert 1234 in values(table(*dots, sep=";", others={"z": COMMA}))


@pytest.mark.parametrize(("sep", "sign"), [(",", "."), ("\t", "."), (";", ",")])
def test_numbers_that_may_have_been_whole_are_told(table: Table, sep: str, sign: str) -> None:
    cells = [f"5{sign}377", "877", f"12{sign}000", "NA"]
    told = (
        f"Column 'x' is read with decimals, though '5{sign}377' beside '877' looks like thousands: "
        f'say thousands: "{sign}" if so, else decimal.'
    )
    assert told in table(*cells, sep=sep).notices
    assert told not in table(*cells, sep=sep, decimal=sign).notices
    assert {5377, 877, 12000} <= set(values(table(*cells, sep=sep, thousands=sign)))
    for other in (f"0{sign}123", f"5{sign}1", "1024", f"5{sign}3771"):
        assert told not in table(*cells, other, sep=sep).notices
    assert told not in table(f"5{sign}377", f"12{sign}000", sep=sep).notices


def test_a_dot_between_thousands_is_not_misread_in_silence(table: Table, tmp_path: Path) -> None:
    data = table("1.234", "20.000", thousands=".")
    assert set(values(data)) == {1234, 20000}
    with pytest.raises(ValueError, match=r"^1\.234 in column 'x', where a dot stands between thousands, may"):
        features(data, pd.read_csv(tmp_path / "t.csv"))
    assert learned_as_given(data, pd.read_csv(tmp_path / "t.csv", dtype={"x": "str"}))
    assert learned_as_given(data, pd.read_csv(tmp_path / "t.csv", thousands="."))


def test_numbers_in_text_of_a_parquet_file_are_numbers(tmp_path: Path) -> None:
    columns = {"x": [*COMMA[:96], *["?"] * 4], "c": pa.array(["1", "2"] * 50).dictionary_encode()}
    pa.parquet.write_table(pa.table({**columns, "y": ["a", "b"] * 50}), tmp_path / "t.parquet")
    source = DataSource(path=str(tmp_path / "t.parquet"), target="y")
    data = prepare(source, Validation(), tmp_path / "cache", is_classifier=None)
    assert (data.numeric, data.categorical) == (("x",), ("c",))  # a dictionary says that it holds categories
    assert learned_as_given(data, pd.read_parquet(tmp_path / "t.parquet"))


@pytest.mark.parametrize(("cells", "n_left"), [([*COMMA[:96], *["?"] * 4], 96), (COMMA, 100)])
def test_a_target_of_numbers_is_read_like_a_feature(table: Table, cells: list[str], n_left: int) -> None:
    data = table("1", "2", others={"y": cells}, is_classifier=False)
    assert sum(data.n_rows.values()) == n_left
    assert 0.25 in values(data, "y")
    is_told = "4 of 100 rows have no 'y' and are left out." in data.notices
    assert is_told == (n_left == 96)
    assert not table("1", "2", others={"y": cells}).is_classification


def test_a_regressor_s_target_of_some_numbers_is_refused_with_the_cure(table: Table) -> None:
    cells = [*PLAIN[:90], *["x"] * 10]
    with pytest.raises(DataError, match=r"holds string values .* predicts numbers: change one of them, or"):
        table("1", "2", others={"y": cells}, is_classifier=False)
    assert not table("1", "2", others={"y": cells}, is_classifier=False, numbers=["y"]).is_classification


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"numbers": ["x"]}, r"^data\.numbers: .*column 'x' holds no numbers \(100 rows\): leave it out of"),
        ({"numbers": ["z"]}, r"^data\.numbers: .*column 'z' holds bool values \(100 rows\): leave it out of"),
        (
            {"categories": ["w"]},
            r"^data\.categories: there is no column 'w'|^data\.categories: .*no column 'w'",
        ),
        ({"numbers": ["xx"]}, r"^data\.numbers: .*there is no column 'xx': did you mean 'x'"),
        ({"categories": ["y"]}, r"^data\.categories: .*column 'y' is the target, leave it out of categories"),
    ],
)
def test_a_column_that_a_field_cannot_be_about_is_refused(
    table: Table, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        table("a", "b", others={"z": ["true", "false"]}, **options)


# Categories


@pytest.mark.parametrize("cells", [["01234", "04711", "10115"], ["01234", "10115", ""], ["1.0", "2", "3.50"]])
def test_codes_are_categories_where_that_is_asked_for(table: Table, tmp_path: Path, cells: list[str]) -> None:
    data = table(*cells, categories=["x"])
    assert data.categorical == ("x",)
    assert learned_as_given(data, pd.read_csv(tmp_path / "t.csv"))
    assert learned_as_given(data, pd.read_csv(tmp_path / "t.csv", dtype="str"))


def test_a_single_row_of_a_code_is_the_code_that_was_learned(table: Table) -> None:
    data = table("007", "A1", "12", "true")
    for text in ("007", "12", "true"):
        alone = pd.read_csv(io.StringIO(f"x\n{text}\n"))
        assert alone["x"].dtype != "str"  # pandas makes something else of it
        assert features(data, alone).tolist() == features(data, pd.DataFrame({"x": [text]})).tolist()
        assert features(data, alone).sum() == 1


def test_codes_that_are_read_as_numbers_are_told(table: Table) -> None:
    told = "Column 'x' is read as numbers, though '01234' begins with a zero: if it holds codes, name it in"
    assert table("01234", "10115").notices == (f"{told} data.categories.",)
    assert table("01234", "10115", numbers=["x"]).notices == ()
    assert table("01", "12").notices == ()  # as of a month


def test_numbers_of_a_parquet_file_can_be_categories(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [7, 12] * 50, "z": [0.5, np.nan] * 50, "y": ["a", "b"] * 50})
    frame.to_parquet(tmp_path / "t.parquet")
    source = DataSource(path=str(tmp_path / "t.parquet"), target="y", categories=("x", "z"))
    data = prepare(source, Validation(), tmp_path / "cache", is_classifier=None)
    assert data.categorical == ("x", "z")
    assert set(values(data)) == {"7", "12"}
    assert learned_as_given(data, frame)


# What counts as missing


def test_the_words_are_those_of_pandas() -> None:
    words = pd.read_csv(io.StringIO("x\n" + "\n".join(f'"{word}"' for word in MISSING_WORDS)))
    assert words["x"].isna().all()
    assert len(set(MISSING_WORDS)) == 18


def test_the_words_that_count_as_missing_are_told_by_column_with_counts(table: Table) -> None:
    data = table(
        "None", "Low", "High", "NA", others={"z": ["1", "N/A", "", "3"], "b": ["true", "null", "false"]}
    )
    assert data.notices == (
        "Column 'x': 'None' (25), 'NA' (25) count as missing (data.nulls says what does).",
        "Column 'z': 'N/A' (25) counts as missing (data.nulls says what does).",
        "Column 'b': 'null' (33) counts as missing (data.nulls says what does).",
    )
    assert (data.categorical, data.numeric, data.boolean) == (("x",), ("z",), ("b",))


@pytest.mark.parametrize("format", ["csv", "parquet"])
@pytest.mark.parametrize("word", ["None", "NA", "null", "N/A", "nan"])
def test_a_class_is_never_missing_unless_it_is_empty(tmp_path: Path, format: str, word: str) -> None:
    frame = pd.DataFrame({"x": range(100), "y": [word, "Insomnia", "Apnea", word, ""] * 20})
    path = tmp_path / f"t.{format}"
    frame.to_csv(path, index=False) if format == "csv" else frame.to_parquet(path)
    source = DataSource(path=str(path), target="y")
    data = prepare(source, Validation(), tmp_path / "cache", is_classifier=None)
    assert data.labels == tuple(sorted(["Apnea", "Insomnia", word]))
    assert data.notices == ("20 of 100 rows have no 'y' and are left out.",)
    named = source.model_copy(update={"nulls": (word,)})
    data = prepare(named, Validation(), tmp_path / "cache", is_classifier=None)
    assert data.labels == ("Apnea", "Insomnia")
    assert data.notices[0] == f"Column 'y': '{word}' (40) counts as missing (data.nulls says what does)."


def test_classes_that_are_all_such_words_are_classes(table: Table) -> None:
    assert table("1", "2", others={"y": ["None", "NA"]}).labels == ("NA", "None")


def test_beside_numbers_and_booleans_a_target_s_words_are_missing_and_told(table: Table) -> None:
    for labels in ((0, 1), (False, True)):
        data = table("1", "2", others={"y": [*map(str, labels), "NA"]})
        assert data.labels == labels
        assert "Column 'y': 'NA' (33) counts as missing (data.nulls says what does)." in data.notices


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        (PLAIN, [*PLAIN[:96], *["?"] * 4], "numeric"),
        (["1", "2"], ["1.5", "$2.5", "$3"], "categorical"),
        ([text.replace(",", "") for text in THOUSANDS], ["1,234.5", "1,000.5"], "numeric"),
        (["true", "false"], ["yes", "no", "true"], "categorical"),
        (["12", "007"], ["A1", "7"], "categorical"),
        (["2024-01-31"], ["2024-01-31", "?"], "categorical"),
        (["8:30"], ["8:30", "9:45:10.5"], "time"),
    ],
)
def test_files_whose_columns_look_different_are_read_as_one_table(
    tmp_path: Path, first: list[str], second: list[str], kind: str
) -> None:
    for name, cells in (("1", first), ("2", second)):
        (tmp_path / f"{name}.csv").write_text(csv(x=cells), encoding="utf-8")
    source = DataSource(path=str(tmp_path), target="y")
    data = prepare(source, Validation(), tmp_path / "cache", is_classifier=None)
    assert getattr(data, kind) == ("x",)
    assert learned_as_given(data, pd.concat([pd.read_csv(tmp_path / f"{name}.csv") for name in (1, 2)]))


def test_a_first_file_without_rows_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("x,y\n")
    (tmp_path / "2.csv").write_text(csv(x=["1", "NA"]))
    source = DataSource(path=str(tmp_path), target="y")
    data = prepare(source, Validation(), tmp_path / "cache", is_classifier=None)
    assert data.notices == ("Column 'x': 'NA' (50) counts as missing (data.nulls says what does).",)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([*PLAIN[:96], *["?"] * 4], "numeric"),
        (["1", "2", "?"], "numeric"),
        (["true", "false", "?"], "boolean"),
        (["low", "high", "?"], "categorical"),
        (["2024-01-31", "2024-02-29", "?"], "date"),
        (["8:30", "17:05", "?"], "time"),
        (["1,5", "2,5", "?"], "numeric"),
    ],
)
def test_words_of_the_user_are_missing_in_every_kind_of_column_on_both_sides(
    table: Table, tmp_path: Path, cells: list[str], kind: str
) -> None:
    data = table(*cells, nulls=["?"])
    assert getattr(data, kind) == ("x",)
    assert pd.isna(values(data)).any()
    assert learned_as_given(data, pd.read_csv(tmp_path / "t.csv"))


def test_dates_in_another_format_may_be_missing_too(table: Table, tmp_path: Path) -> None:
    data = table("31.01.2024", "29.02.2024", "?", dates=["x"], nulls=["?"])
    assert data.date == ("x",)
    assert learned_as_given(data, pd.read_csv(tmp_path / "t.csv"))
    (told,) = table(*["2024-01-31", "2024-02-29"] * 48, *["?"] * 4).notices
    assert "96 of 100 cells look like dates or times, but not '?' (4): if that means a missing one" in told


@pytest.mark.parametrize("cells", [["1", "2", "-999"], ["1.5", "2", "-999", ""]])
@pytest.mark.parametrize("nulls", [["-999"], [-999]])
def test_a_number_may_mean_a_missing_one(
    table: Table, tmp_path: Path, cells: list[str], nulls: list[object]
) -> None:
    data = table(*cells, nulls=nulls)
    assert -999 not in values(data)
    assert "Column 'x': '-999' " in data.notices[0]
    assert learned_as_given(data, pd.read_csv(tmp_path / "t.csv"))


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ([*PLAIN[:48], "-999", "-99"], "-999 (2), -99 (2) lie"),
        ([*COMMA[:49], "999"], "999 (2) lies"),
        (["1", "0", "99"], "99 (33) lies"),
        ([*PLAIN[:99], "-999"], None),  # only once
        (["80", "95", "99"], None),
        (["9998", "9999", "-40"], None),
        (["0", "999"], None),
    ],
)
def test_numbers_that_often_mean_a_missing_one_are_told_where_they_lie_far_off(
    table: Table, cells: list[str], told: str | None
) -> None:
    far = [notice for notice in table(*cells).notices if "far from the other numbers" in notice]
    wanted = f"Column 'x': {told} far from the other numbers; if that means a missing one, name it in"
    assert far == ([f"{wanted} data.nulls."] if told else [])
    assert not told or not table(*cells, nulls=["-999", "-99", "999", "99"]).notices[0].count("far from")


def test_a_target_that_often_means_a_missing_one_is_told(table: Table) -> None:
    data = table("1", "2", others={"y": [*PLAIN[:96], *["-999"] * 4]}, is_classifier=False)
    assert "Column 'y': -999 (4) lies far from the other numbers" in data.notices[0]


def test_text_of_dates_is_told_to_be_some(table: Table) -> None:
    (told,) = table("31.01.2024", "01.02.2024").notices
    assert told == "Column 'x' is read as categories, but looks like dates: name it in data.dates."
    assert table("20141013T000000", "20141209T000000").notices == (told,)
    assert table("31.01.2024", "01.02.2024", dates=["x"]).notices == ()
    assert table("31.01.2024", "01.02.2024", categories=["x"]).notices == ()
    assert table("8:30", "9:15").notices == ()


def test_a_category_called_none_can_be_kept(table: Table, tmp_path: Path) -> None:
    data = table("None", "Low", "High", nulls=[])
    assert set(values(data)) == {"None", "Low", "High"}
    assert learned_as_given(data, pd.read_csv(tmp_path / "t.csv"))  # where None is NaN
    assert learned_as_given(data, pd.read_csv(tmp_path / "t.csv", keep_default_na=False))


def test_categories_that_pandas_would_mistake_for_others_are_told(table: Table, tmp_path: Path) -> None:
    data = table("None", "Low", "", nulls=[])
    assert "pandas.read_csv takes 'None' for missing values: give the model tables read" in data.notices[0]
    assert learned_as_given(data, pd.read_csv(tmp_path / "t.csv", keep_default_na=False, na_values=[""]))


# What is alike


def test_blanks_around_a_text_are_no_part_of_it(table: Table, tmp_path: Path) -> None:
    data = table(
        "yes", "no", "yes ", " no", others={"y": ["sick", "well", "sick ", "well"]}, positive_label="sick "
    )
    assert set(values(data)) == {"yes", "no"}
    assert (data.labels, data.positive_label) == (("sick", "well"), "sick")
    assert "Column 'y': blanks around a class do not count, as in 'sick ' (25)." in data.notices
    assert "Column 'x': blanks around a category do not count, as in 'yes ' (25), ' no' (25)." in data.notices
    assert learned_as_given(data, pd.read_csv(tmp_path / "t.csv"))


@pytest.mark.parametrize(
    "alike", ["YES", "Yes", "y\u0435s".replace("\u0435", "\u00ea").replace("\u00ea", "E")]
)
def test_classes_that_differ_by_case_alone_are_told_with_counts(table: Table, alike: str) -> None:
    data = table("1", "2", others={"y": ["yes", "yes", "no", alike]})
    assert data.labels == tuple(sorted(["yes", "no", alike]))
    told = (
        f"Column 'y' tells apart what looks alike: 'yes' (50), {alike!r} (25); if it is one class, write it"
    )
    assert data.notices == (f"{told} in one way in the table.",)


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        (
            ["m", "f", "?", "?"],
            ("Column 'y': '?' (50) is a class too; if that means a missing one, name it",),
        ),
        (["+", "-", "+", "-"], ()),
        (["yes", "-", "yes", "-"], ()),
    ],
)
def test_a_class_that_may_mean_that_nobody_knows_is_told(
    table: Table, classes: list[str], told: tuple[str, ...]
) -> None:
    data = table("1", "2", others={"y": classes})
    assert tuple(notice.removesuffix(" in data.nulls.") for notice in data.notices) == told
    assert set(data.labels or ()) == set(classes)


def test_categories_that_look_alike_are_told_too(table: Table) -> None:
    (told,) = table("New York", "new  york", "caf\u00e9", "cafe\u0301").notices
    assert "'New York' (25), 'new  york' (25); 'caf\u00e9' (25), 'cafe\u0301' (25)" in told


def test_a_class_beside_numbers_is_told(table: Table) -> None:
    data = table("1", "2", others={"y": [*["0", "1"] * 48, *["?"] * 4]})
    assert data.labels == ("0", "1", "?")
    told = (
        "Column 'y': '?' (4) is a class beside numbers; if that means a missing one, name it in data.nulls."
    )
    assert data.notices == (told,)


# The fields


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"decimal": ",", "thousands": ","}, "decimal and thousands must differ, both are ','"),
        ({"numbers": ["x"], "categories": ["x"]}, "column 'x' is in categories and numbers: keep it in one"),
        ({"numbers": ["x"], "dates": ["x"]}, "column 'x' is in dates and numbers: keep it in one of them"),
        ({"nulls": [None]}, 'must be text: put the word into quotes, "null"'),
        ({"decimal": ";"}, r"'\.' or ','"),
        ({"null": ["?"]}, "unknown field 'null'; did you mean 'nulls'"),
    ],
)
def test_fields_that_contradict_each_other_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DataSource(**{"path": "t.csv", "target": "y", **options})


@pytest.mark.parametrize(
    "options",
    [{"nulls": ()}, {"decimal": "."}, {"thousands": ","}, {"numbers": ("x",)}, {"categories": ("x",)}],
)
def test_another_way_of_reading_the_cells_is_prepared_anew(table: Table, options: dict[str, Any]) -> None:
    assert table("1", "2").folder != table("1", "2", **options).folder


def test_the_fields_are_part_of_a_spec() -> None:
    fields = {"decimal", "thousands", "nulls", "numbers", "categories"}
    schema = Spec.model_json_schema()["$defs"]["DataSource"]["properties"]
    assert fields <= schema.keys()
    assert all(re.fullmatch(r".{10,80}\.", schema[field]["description"]) for field in fields)
