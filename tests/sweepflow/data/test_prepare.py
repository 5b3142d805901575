import json
import pickle
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from math import ceil
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sklearn.model_selection import train_test_split

from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import PreparedData, load_part
from sweepflow.data.rows import split_rows
from sweepflow.data.source import DataSource, Validation
from sweepflow.errors import DataError
from sweepflow.reading.table import with_columns

DATA = Path(__file__).parents[3] / "data"
PARTS = ("train", "validation", "test")
N_ROWS = 20
YES_NO = ["yes", "no"] * 10

Prepare = Callable[..., PreparedData]


@pytest.fixture
def prepare_table(tmp_path: Path) -> Prepare:
    """Prepares columns of values, by default with 20 rows and a feature `x`."""

    def prepare_columns(
        columns: dict[str, Any],
        is_classifier: bool | None = None,
        split: Validation | None = None,
        **options: Any,
    ) -> PreparedData:
        table = pa.table({"x": list(range(N_ROWS)), **columns} if "x" not in columns else columns)
        pa.parquet.write_table(table, tmp_path / "t.parquet")
        source = DataSource(**{"path": str(tmp_path / "t.parquet"), "target": "y", **options})
        return prepare(source, split or Validation(), tmp_path / "cache", is_classifier=is_classifier)

    return prepare_columns


def write(path: Path, text: str) -> DataSource:
    path.write_text(text, encoding="utf-8")
    return DataSource(path=str(path), target="y")


def prepare_csv(path: Path, text: str, **options: Any) -> PreparedData:
    source = write(path, text).model_copy(update=options)
    return prepare(source, Validation(), path.parent / "cache", is_classifier=None)


def csv(**columns: Sequence[object]) -> str:
    rows = zip(*columns.values(), strict=True)
    return "\n".join([",".join(columns), *(",".join(map(str, row)) for row in rows)]) + "\n"


def whole(prepared: PreparedData) -> pd.DataFrame:
    return pd.concat([load_part(prepared.folder, part) for part in PARTS])


# The bundled tables


@pytest.mark.parametrize(
    ("name", "target", "is_classification", "n_features", "n_rows"),
    [
        ("breast_cancer", "diagnosis", True, 31, 569),
        ("digits", "digit", True, 64, 1797),
        ("diabetes", "progression", False, 10, 442),
    ],
)
def test_the_bundled_tables_can_be_prepared(
    tmp_path: Path, name: str, target: str, is_classification: bool, n_features: int, n_rows: int
) -> None:
    source = DataSource(path=str(DATA / f"{name}.csv"), target=target)
    prepared = prepare(source, Validation(), tmp_path, is_classifier=None)
    assert prepared.is_classification == is_classification
    assert len(prepared.numeric) == n_features
    assert sum(prepared.n_rows.values()) == n_rows
    assert prepared.notices == ()


def test_what_is_known_of_prepared_data_is_told(tmp_path: Path) -> None:
    source = DataSource(path=str(DATA / "breast_cancer.csv"), target="diagnosis", drop=("id",))
    prepared = prepare(source, Validation(), tmp_path, is_classifier=True)
    assert prepared.labels == ("benign", "malignant")
    assert prepared.positive_label == "malignant"
    assert prepared.n_rows == {"train": 341, "validation": 114, "test": 114}
    assert "id" not in prepared.numeric
    assert len(prepared.fingerprint) == 64
    assert sorted(path.name for path in Path(prepared.folder).iterdir()) == [
        "prepared.json",
        "test.arrow",
        "train.arrow",
        "validation.arrow",
    ]


def test_a_part_has_the_features_in_order_and_the_target_last(prepare_table: Prepare) -> None:
    prepared = prepare_table({"y": YES_NO, "a": [1.0] * N_ROWS})
    for part in PARTS:
        frame = load_part(prepared.folder, part)
        assert list(frame) == ["x", "a", "y"]
        assert len(frame) == prepared.n_rows[part]


def test_prepared_data_survives_json_and_pickle(prepare_table: Prepare) -> None:
    prepared = prepare_table({"y": [True, False] * 10})
    assert PreparedData.model_validate_json(prepared.model_dump_json()) == prepared
    assert pickle.loads(pickle.dumps(prepared)) == prepared
    assert json.loads(Path(prepared.folder, "prepared.json").read_text()) == json.loads(
        prepared.model_dump_json()
    )
    assert prepared.labels == (False, True)
    assert prepared.labels[0] is False


# The files


def test_numbers_are_mapped_not_copied(prepare_table: Prepare) -> None:
    n_rows = 100_000
    prepared = prepare_table({"x": [None, 1] * (n_rows // 2), "y": [0.5 * n for n in range(n_rows)]})
    with pa.memory_map(f"{prepared.folder}/train.arrow") as stream:
        reader = pa.ipc.open_file(stream)
        assert reader.num_record_batches == 1
        assert reader.schema.metadata is None
    before = pa.total_allocated_bytes()
    frame = load_part(prepared.folder, "train")
    assert pa.total_allocated_bytes() - before < 1000
    assert not any(frame[name].to_numpy().flags.owndata for name in frame)
    assert not any(frame[name].to_numpy().flags.writeable for name in frame)


def test_a_file_of_many_chunks_becomes_one_batch(tmp_path: Path) -> None:
    n_rows = 300_000
    text = csv(x=range(n_rows), y=[n % 7 for n in range(n_rows)], z=["a" * 60] * n_rows)
    prepared = prepare_csv(tmp_path / "t.csv", text)
    with pa.memory_map(f"{prepared.folder}/train.arrow") as stream:
        assert pa.ipc.open_file(stream).num_record_batches == 1
    assert load_part(prepared.folder, "train")["x"].is_monotonic_increasing


def test_only_the_owner_may_read_the_folder(prepare_table: Prepare, tmp_path: Path) -> None:
    prepared = prepare_table({"y": YES_NO})
    assert Path(prepared.folder).stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700


def test_an_unchanged_file_is_not_prepared_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path / "t.csv", csv(x=range(N_ROWS), y=YES_NO))
    first = prepare(source, Validation(), tmp_path / "cache", is_classifier=True)
    before = {path: path.stat() for path in [Path(first.folder), *Path(first.folder).iterdir()]}
    monkeypatch.setattr("sweepflow.data.prepare.read_table", None)
    assert prepare(source, Validation(), tmp_path / "cache", is_classifier=True) == first
    for path, stat in before.items():
        assert (path.stat().st_ino, path.stat().st_mtime_ns) == (stat.st_ino, stat.st_mtime_ns)
    assert list((tmp_path / "cache").iterdir()) == [Path(first.folder)]


def test_a_file_that_was_moved_is_not_prepared_twice(tmp_path: Path) -> None:
    one = prepare_csv(tmp_path / "t.csv", csv(x=range(N_ROWS), y=YES_NO))
    assert prepare_csv(tmp_path / "u.csv", csv(x=range(N_ROWS), y=YES_NO)) == one


@pytest.mark.parametrize(
    ("source", "split", "is_classifier"),
    [
        ({"drop": ("z",)}, {}, None),
        ({"positive_label": "no"}, {}, None),
        ({"dates": ("z",)}, {}, None),
        ({}, {"seed": 1}, None),
        ({}, {"test_size": 0.25}, None),
        ({}, {"stratify": True}, None),
        ({}, {}, True),
    ],
)
def test_other_options_are_prepared_anew(
    tmp_path: Path, source: dict[str, Any], split: dict[str, Any], is_classifier: bool | None
) -> None:
    text = csv(x=range(N_ROWS), z=["2024-01-31"] * N_ROWS, y=YES_NO)
    plain = write(tmp_path / "t.csv", text)
    first = prepare(plain, Validation(), tmp_path, is_classifier=None)
    second = prepare(
        plain.model_copy(update=source), Validation(**split), tmp_path, is_classifier=is_classifier
    )
    assert first.folder != second.folder
    assert first.fingerprint == second.fingerprint


def test_a_changed_file_is_prepared_anew(tmp_path: Path) -> None:
    first = prepare_csv(tmp_path / "t.csv", csv(x=range(N_ROWS), y=YES_NO))
    second = prepare_csv(tmp_path / "t.csv", csv(x=range(1, N_ROWS + 1), y=YES_NO))
    assert first.folder != second.folder
    assert first.fingerprint != second.fingerprint


@pytest.mark.parametrize("name", ["train.arrow", "prepared.json"])
def test_a_folder_that_lacks_a_file_is_prepared_anew(prepare_table: Prepare, name: str) -> None:
    first = prepare_table({"y": YES_NO})
    Path(first.folder, name).unlink()
    assert prepare_table({"y": YES_NO}) == first
    assert Path(first.folder, name).exists()


def test_a_cache_that_was_moved_tells_its_new_place(tmp_path: Path) -> None:
    source = write(tmp_path / "t.csv", csv(x=range(N_ROWS), y=YES_NO))
    prepare(source, Validation(), tmp_path / "old", is_classifier=None)
    (tmp_path / "old").rename(tmp_path / "new")
    prepared = prepare(source, Validation(), tmp_path / "new", is_classifier=None)
    assert Path(prepared.folder).parent == tmp_path / "new"
    assert len(load_part(prepared.folder, "train")) == 12


def test_whoever_is_faster_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path / "t.csv", csv(x=range(N_ROWS), y=YES_NO))
    rename, theirs = Path.rename, []

    def prepare_first(self: Path, target: Path) -> Path:
        monkeypatch.setattr(Path, "rename", rename)
        theirs.append(prepare(source, Validation(), tmp_path / "cache", is_classifier=None))
        theirs.append(Path(theirs[0].folder).stat().st_ino)
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", prepare_first)
    ours = prepare(source, Validation(), tmp_path / "cache", is_classifier=None)
    assert [ours, Path(ours.folder).stat().st_ino] == theirs
    assert list((tmp_path / "cache").iterdir()) == [Path(ours.folder)]


def test_nothing_is_left_of_what_failed(tmp_path: Path, prepare_table: Prepare) -> None:
    with pytest.raises(DataError):
        prepare_table({"y": ["a"] * N_ROWS})
    assert not (tmp_path / "cache").exists()


def test_a_url_is_prepared_like_a_file(tmp_path: Path) -> None:
    text = csv(x=range(N_ROWS), y=YES_NO)
    with fsspec.open("memory://data/t.csv", "wb") as stream:
        stream.write(text.encode())
    source = DataSource(path="memory://data/t.csv", target="y")
    remote = prepare(source, Validation(), tmp_path / "cache", is_classifier=None)
    assert remote == prepare_csv(tmp_path / "t.csv", text)


# Kinds of columns


@pytest.mark.parametrize(
    ("values", "kind", "dtype", "first"),
    [
        (list(range(N_ROWS)), "numeric", "int64", 0),
        (pa.array([3] * N_ROWS, pa.uint8()), "numeric", "uint8", 3),
        ([7, None] * 10, "numeric", "float64", 7.0),
        (pa.array([0.5, None] * 10, pa.float32()), "numeric", "float32", 0.5),
        (pa.array([0.5] * N_ROWS, pa.float16()), "numeric", "float32", 0.5),
        ([Decimal("1.25"), None] * 10, "numeric", "float64", 1.25),
        ([timedelta(minutes=2), None] * 10, "numeric", "float64", 120.0),
        ([True, False] * 10, "boolean", "bool", True),
        ([True, None] * 10, "boolean", "float64", 1.0),
        (["a", None] * 10, "categorical", "str", "a"),
        (pa.array(["a"] * N_ROWS, pa.large_string()), "categorical", "str", "a"),
        (pa.array(["a"] * N_ROWS).dictionary_encode(), "categorical", "str", "a"),
        (pa.array([5, None] * 10).dictionary_encode(), "numeric", "float64", 5.0),
        ([time(8, 15)] * N_ROWS, "time", "float64", 29700.0),
        (pa.array([0] * N_ROWS, pa.date32()), "date", "datetime64[us]", pd.Timestamp(0)),
        (pa.array([0] * N_ROWS, pa.date64()), "date", "datetime64[us]", pd.Timestamp(0)),
        (pa.array([1001] * N_ROWS, pa.timestamp("ns")), "date", "datetime64[us]", pd.Timestamp(1000)),
        (pa.array([0, None] * 10, pa.timestamp("s")), "date", "datetime64[us]", pd.Timestamp(0)),
    ],
)
def test_a_column_is_written_by_its_kind(
    prepare_table: Prepare, values: Any, kind: str, dtype: str, first: object
) -> None:
    prepared = prepare_table({"y": [0.5 * n for n in range(N_ROWS)], "c": values})
    kinds = {name: getattr(prepared, name) for name in ("numeric", "boolean", "categorical", "date", "time")}
    assert {name for name, columns in kinds.items() if "c" in columns} == {kind}
    for part in PARTS:
        assert load_part(prepared.folder, part)["c"].dtype == dtype
    assert whole(prepared).sort_values("x")["c"].iloc[0] == first
    assert prepared.notices == ()


def test_missing_values_are_missing_in_every_kind(prepare_table: Prepare) -> None:
    columns = {"i": [1, None] * 10, "b": [True, None] * 10, "s": ["a", None] * 10}
    columns["d"] = [datetime(2024, 1, 1), None] * 10
    prepared = prepare_table({"y": [0.5 * n for n in range(N_ROWS)], **columns})
    assert whole(prepared)[list(columns)].isna().sum().tolist() == [10, 10, 10, 10]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_of_another_zone_become_utc(prepare_table: Prepare, unit: str) -> None:
    noon = pa.array([datetime(2024, 7, 1, 10, tzinfo=UTC)] * N_ROWS).cast(pa.timestamp(unit, "Europe/Paris"))
    prepared = prepare_table({"y": YES_NO, "d": noon})
    assert whole(prepared)["d"].unique().tolist() == [pd.Timestamp("2024-07-01 10:00")]


def test_text_is_read_as_dates_where_asked(tmp_path: Path) -> None:
    text = csv(x=["31.01.2024", ""] * 10, z=[20240131] * N_ROWS, y=YES_NO)
    prepared = prepare_csv(tmp_path / "t.csv", text, dates=("x", "z"))
    assert prepared.date == ("x", "z")
    frame = whole(prepared)
    assert (
        frame["x"].dropna().unique().tolist() == frame["z"].unique().tolist() == [pd.Timestamp(2024, 1, 31)]
    )
    assert frame["x"].isna().sum() == 10


def test_a_text_that_is_no_date_is_refused(tmp_path: Path) -> None:
    text = csv(x=["2024-01-31", "soon"] * 10, y=YES_NO)
    assert prepare_csv(tmp_path / "t.csv", text).categorical == ("x",)
    with pytest.raises(
        DataError, match=r"^data\.dates: .*t\.csv: 'soon' in column 'x' \(20 rows\) is no date"
    ):
        prepare_csv(tmp_path / "t.csv", text, dates=("x",))


def test_numbers_that_are_no_dates_are_refused(prepare_table: Prepare) -> None:
    with pytest.raises(DataError, match=r"^data\.dates: .*'0\.5' in column 'c' \(20 rows\) is no date"):
        prepare_table({"y": YES_NO, "c": [0.5] * N_ROWS}, dates=("c",))


@pytest.mark.parametrize(
    ("values", "type"),
    [([[1, 2]] * N_ROWS, "list"), ([{"a": 1}] * N_ROWS, "struct"), ([b"a"] * N_ROWS, "binary")],
)
def test_what_no_estimator_can_use_is_refused_unless_dropped(
    prepare_table: Prepare, values: Any, type: str
) -> None:
    with pytest.raises(
        DataError, match=rf"^data\.drop: .*t\.parquet: column 'c' holds {type}.*\(20 rows\).*: drop it"
    ):
        prepare_table({"y": YES_NO, "c": values})
    assert prepare_table({"y": YES_NO, "c": values}, drop=("c",)).numeric == ("x",)


@pytest.mark.parametrize("values", [pa.nulls(N_ROWS), pa.nulls(N_ROWS, pa.string()), [float("nan")] * N_ROWS])
def test_a_column_without_values_is_left_out_with_a_notice(prepare_table: Prepare, values: Any) -> None:
    prepared = prepare_table({"y": YES_NO, "c": values})
    assert list(load_part(prepared.folder, "train")) == ["x", "y"]
    assert prepared.notices == ("Column 'c' has no values and is left out.",)


def test_a_column_of_one_value_is_kept(prepare_table: Prepare) -> None:
    assert prepare_table({"y": YES_NO, "c": [1] * N_ROWS}).numeric == ("x", "c")


@pytest.mark.parametrize(("n_distinct", "n_notices"), [(100, 0), (101, 1)])
def test_more_than_100_categories_get_a_notice(tmp_path: Path, n_distinct: int, n_notices: int) -> None:
    rows = range(202)
    prepared = prepare_csv(
        tmp_path / "t.csv", csv(x=[f"v{n % n_distinct}" for n in rows], y=[n % 2 for n in rows])
    )
    expected = (
        "Column 'x' has 101 distinct values in 202 rows: if it is an identifier, leave it out (data.drop)."
    )
    assert prepared.notices == (expected,) * n_notices


def test_many_categories_of_many_rows_each_get_no_notice(tmp_path: Path) -> None:
    rows = range(3000)
    text = csv(x=[f"v{n % 150}" for n in rows], y=[n % 2 for n in rows])
    assert prepare_csv(tmp_path / "t.csv", text).notices == ()


def test_categories_that_pandas_may_read_as_one_number_are_one_with_a_notice(tmp_path: Path) -> None:
    text = csv(x=["01", "1", "A1", "2"] * 5, y=YES_NO)
    prepared = prepare_csv(tmp_path / "t.csv", text, categories=("x",))
    assert set(whole(prepared)["x"]) == {"1", "A1", "2"}
    assert prepared.notices == (
        "Column 'x': '01' and '1' are one category, for pandas may read both as one number.",
    )
    assert prepare_csv(tmp_path / "u.csv", text.replace("01", "1"), categories=("x",)).notices == ()


def test_an_index_of_pandas_is_left_out_with_a_notice(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": range(N_ROWS), "y": YES_NO}, index=[n**2 for n in range(N_ROWS)])
    frame.to_parquet(tmp_path / "t.parquet")
    frame.to_csv(tmp_path / "t.csv")
    for name, index in (("t.parquet", "__index_level_0__"), ("t.csv", "")):
        source = DataSource(path=str(tmp_path / name), target="y")
        prepared = prepare(source, Validation(), tmp_path, is_classifier=None)
        assert prepared.numeric == ("x",)
        assert prepared.notices == (f"Column '{index}' is an index written by pandas and is left out.",)
        wanted = source.model_copy(update={"features": ("x", index)})
        assert set(prepare(wanted, Validation(), tmp_path, is_classifier=None).numeric) == {"x", index}


# Names


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "Y2"}, r"^data\.target: .*t\.parquet: there is no column 'Y2': did you mean 'y'\?$"),
        ({"drop": ("colour",)}, r"^data\.drop: .*there is no column 'colour': did you mean 'color'\?$"),
        ({"features": ("x", "colr")}, r"^data\.features: .*there is no column 'colr': did you mean 'color'"),
        ({"dates": ("zzzz",)}, r"^data\.dates: .*there is no column 'zzzz': there is 'x', 'color', 'y'$"),
        ({"features": ("x", "y")}, r"^data\.features: .*column 'y' is the target, leave it out of features"),
        ({"drop": ("y",)}, r"^data\.drop: .*column 'y' is the target, leave it out of drop"),
    ],
)
def test_a_wrong_name_is_refused_with_the_nearest(
    prepare_table: Prepare, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        prepare_table({"color": ["a"] * N_ROWS, "y": YES_NO}, **options)


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"features": ()}, "features"),
        ({"features": ("x",), "drop": ("x",)}, "features"),
        ({"drop": ("x",)}, "drop"),
    ],
)
def test_something_must_be_left_to_learn_from(
    prepare_table: Prepare, options: dict[str, Any], path: str
) -> None:
    with pytest.raises(DataError, match=rf"^data\.{path}: .*no column is left to learn from \(20 rows\)"):
        prepare_table({"y": YES_NO}, **options)


def test_a_table_of_a_target_only_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^data\.path: .*no column is left to learn from"):
        prepare_csv(tmp_path / "t.csv", csv(y=YES_NO))


def test_only_the_features_named_are_kept(prepare_table: Prepare) -> None:
    prepared = prepare_table({"a": [1] * N_ROWS, "b c": [2] * N_ROWS, "y": YES_NO}, features=("b c", "x"))
    assert prepared.numeric == ("x", "b c")


# The target


def test_rows_without_a_target_are_left_out_with_a_notice(prepare_table: Prepare) -> None:
    prepared = prepare_table({"y": [None, "a", "b", "a"] * 5})
    assert prepared.notices == ("5 of 20 rows have no 'y' and are left out.",)
    assert sorted(whole(prepared)["x"]) == [n for n in range(N_ROWS) if n % 4]


def test_a_target_of_nan_is_missing_too(prepare_table: Prepare) -> None:
    prepared = prepare_table({"y": [float("nan"), 0.5, 1.5, 2.0] * 5})
    assert sum(prepared.n_rows.values()) == 15


@pytest.mark.parametrize("values", [pa.nulls(N_ROWS), pa.nulls(N_ROWS, pa.string()), [float("nan")] * N_ROWS])
def test_a_target_without_values_is_refused(prepare_table: Prepare, values: Any) -> None:
    with pytest.raises(DataError, match=r"^data\.target: .*column 'y' has no values in 20 rows"):
        prepare_table({"y": values})


@pytest.mark.parametrize("is_classifier", [True, None])
@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (["b", "a"] * 10, ("a", "b")),
        (pa.array(["b", "a"] * 10).dictionary_encode(), ("a", "b")),
        ([True, False] * 10, (False, True)),
        ([3, 1, 2, 3, 3] * 4, (1, 2, 3)),
        (pa.array([1, 0] * 10, pa.uint8()), (0, 1)),
    ],
)
def test_classes_are_found(
    prepare_table: Prepare, values: Any, labels: tuple[object, ...], is_classifier: bool | None
) -> None:
    prepared = prepare_table({"y": values}, is_classifier)
    assert prepared.is_classification
    assert prepared.labels == labels
    assert [type(label) for label in prepared.labels or ()] == [type(label) for label in labels]


def test_whole_floats_are_classes_for_a_classifier_only(prepare_table: Prepare) -> None:
    values = [0.0, 1.0, None, 1.0, 0.0] * 4
    prepared = prepare_table({"y": values}, is_classifier=True)
    assert prepared.labels == (0, 1)
    assert load_part(prepared.folder, "train")["y"].dtype == "int64"
    assert not prepare_table({"y": values}, is_classifier=None).is_classification


@pytest.mark.parametrize("odd", [0.5, float("inf"), 1e300])
def test_a_continuous_target_is_refused_for_a_classifier(prepare_table: Prepare, odd: float) -> None:
    found = r"'y' is continuous \(3 distinct values in 20 rows\) but the estimator is a classifier"
    with pytest.raises(DataError, match=rf"^data\.target: .*{found}"):
        prepare_table({"y": [odd, 1.0, 0.0, 0.0] * 5}, is_classifier=True)


@pytest.mark.parametrize(("n_distinct", "is_classification"), [(20, True), (21, False)])
def test_integers_are_classes_if_there_are_few(
    tmp_path: Path, n_distinct: int, is_classification: bool
) -> None:
    rows = range(210)
    prepared = prepare_csv(tmp_path / "t.csv", csv(x=rows, y=[n % n_distinct for n in rows]))
    assert prepared.is_classification == is_classification


@pytest.mark.parametrize(
    ("values", "type"),
    [(YES_NO, "string"), ([True, False] * 10, "bool"), ([datetime(2024, 1, 1)] * N_ROWS, "times")],
)
def test_a_regressor_needs_numbers(prepare_table: Prepare, values: Any, type: str) -> None:
    message = rf"^data\.target: .*column 'y' holds {type}.* \(20 rows\) but the estimator predicts numbers"
    with pytest.raises(DataError, match=message):
        prepare_table({"y": values}, is_classifier=False)


def test_dates_are_no_classes(prepare_table: Prepare) -> None:
    with pytest.raises(DataError, match="but the estimator predicts classes"):
        prepare_table({"y": [datetime(2024, 1, 1)] * N_ROWS}, is_classifier=True)


def test_integers_are_numbers_for_a_regressor(prepare_table: Prepare) -> None:
    prepared = prepare_table({"y": [0, 1] * 10}, is_classifier=False)
    assert (prepared.is_classification, prepared.labels, prepared.positive_label) == (False, None, None)


def test_an_infinite_target_is_refused_for_a_regressor(prepare_table: Prepare) -> None:
    with pytest.raises(DataError, match=r"^data\.target: .*column 'y' is infinite in 5 of 20 rows"):
        prepare_table({"y": [float("inf"), 1.5, 2.5, 3.5] * 5}, is_classifier=False)


@pytest.mark.parametrize(
    ("values", "is_classifier"), [(["a"] * N_ROWS, True), ([1, None] * 10, None), ([0.5] * N_ROWS, False)]
)
def test_a_target_of_one_value_is_refused(
    prepare_table: Prepare, values: Any, is_classifier: bool | None
) -> None:
    with pytest.raises(DataError, match=r"^data\.target: .*column 'y' has one value, .* in all [12]0 rows"):
        prepare_table({"y": values}, is_classifier)


@pytest.mark.parametrize(
    ("values", "given", "expected"),
    [
        (YES_NO, None, "yes"),
        (YES_NO, "no", "no"),
        ([0, 1] * 10, 0, 0),
        ([True, False] * 10, False, False),
        (["a", "b", "c", "a"] * 5, None, None),
        ([0.5 * n for n in range(N_ROWS)], None, None),
    ],
)
def test_the_positive_label_is_the_one_given_or_the_greater(
    prepare_table: Prepare, values: Any, given: Any, expected: object
) -> None:
    positive = prepare_table({"y": values}, positive_label=given).positive_label
    assert positive == expected
    assert type(positive) is type(expected)


@pytest.mark.parametrize(
    ("values", "given", "found"),
    [
        (YES_NO, "maybe", r"got 'maybe' \(column 'y' has 2: 'no', 'yes'\)"),
        (["0", "1"] * 10, 1, r"got 1 \(column 'y' has 2: '0', '1'\)"),
        (["a", "b", "c", "a"] * 5, "a", r"got 'a' \(column 'y' has 3: "),
        ([0.5 * n for n in range(N_ROWS)], 0.5, r"got 0\.5 \(column 'y' has 0: "),
    ],
)
def test_another_positive_label_is_refused(
    prepare_table: Prepare, values: Any, given: Any, found: str
) -> None:
    with pytest.raises(DataError, match=rf"^data\.positive_label: .*must be one of two classes, {found}"):
        prepare_table({"y": values}, positive_label=given)


# The split


@given(
    n_rows=st.integers(10, 300),
    validation_size=st.floats(0.05, 0.45),
    test_size=st.floats(0.05, 0.45),
    seed=st.integers(0, 2**32 - 1),
)
def test_parts_are_disjoint_ascending_and_cover_all_rows(
    n_rows: int, validation_size: float, test_size: float, seed: int
) -> None:
    validation = Validation(validation_size=validation_size, test_size=test_size, seed=seed)
    try:
        rows = split_rows(np.zeros(n_rows), validation, False, "y")
    except DataError:
        assert ceil(validation_size * n_rows) + ceil(test_size * n_rows) >= n_rows
        return
    assert list(rows) == list(PARTS)
    assert sorted(np.concatenate(list(rows.values()))) == list(range(n_rows))
    assert all((np.diff(part) > 0).all() for part in rows.values())
    assert len(rows["test"]) == ceil(test_size * n_rows)
    assert len(rows["validation"]) == ceil(validation_size * n_rows)


@given(counts=st.lists(st.integers(10, 60), min_size=2, max_size=5), seed=st.integers(0, 1000))
def test_stratified_shares_are_within_one_row_of_each_class(counts: list[int], seed: int) -> None:
    y = np.repeat([f"class {n}" for n in range(len(counts))], counts)
    rows = split_rows(y, Validation(seed=seed), True, "y")
    rest = np.concatenate([rows["train"], rows["validation"]])
    for part, drawn_from in (("test", np.arange(len(y))), ("validation", rest)):
        share = len(rows[part]) / len(drawn_from)
        for label in np.unique(y):
            expected = share * (y[drawn_from] == label).sum()
            assert abs((y[rows[part]] == label).sum() - expected) < 1


def test_the_test_part_is_the_one_that_scikit_learn_draws() -> None:
    y = np.array(YES_NO * 5)
    rows = split_rows(y, Validation(test_size=0.3, seed=7), True, "y")
    rest, test = train_test_split(np.arange(100), test_size=0.3, random_state=7, stratify=y)
    _, held_back = train_test_split(rest, test_size=20, random_state=7, stratify=y[rest])
    assert rows["test"].tolist() == sorted(test)
    assert rows["validation"].tolist() == sorted(held_back)


def test_another_seed_is_another_split() -> None:
    one, two = (split_rows(np.zeros(100), Validation(seed=seed), False, "y") for seed in (0, 1))
    assert one["test"].tolist() != two["test"].tolist()


@pytest.mark.parametrize(("stratify", "is_even"), [(None, True), (True, True), (False, False)])
def test_classes_are_stratified_unless_the_user_says_no(
    prepare_table: Prepare, stratify: bool | None, is_even: bool
) -> None:
    split = Validation(stratify=stratify, seed=1)
    prepared = prepare_table({"y": YES_NO}, split=split)
    shares = {(load_part(prepared.folder, part)["y"] == "yes").mean() for part in PARTS}
    assert (shares == {0.5}) == is_even


def test_numbers_cannot_be_stratified(prepare_table: Prepare) -> None:
    values = [0.5 * n for n in range(N_ROWS)]
    assert prepare_table({"y": values}, split=Validation(stratify=False)).n_rows["test"] == 4
    with pytest.raises(
        DataError, match=r"^validation\.stratify: .*t\.parquet: column .y. holds numbers and no classes"
    ):
        prepare_table({"y": values}, split=Validation(stratify=True))


def test_a_class_of_three_rows_can_be_split_and_one_of_two_cannot(prepare_table: Prepare) -> None:
    assert prepare_table({"y": ["rare"] * 3 + ["b"] * 17}).labels == ("b", "rare")
    with pytest.raises(
        DataError,
        match=r"^data\.target: .*class 'rare' of column 'y' has 2 of 20 rows but needs 3.*1 of 2 classes",
    ):
        prepare_table({"y": ["rare"] * 2 + ["b"] * 18})


def test_a_rare_class_may_stay_where_it_is_not_stratified(prepare_table: Prepare) -> None:
    prepared = prepare_table({"y": ["rare"] * 2 + ["b"] * 18}, split=Validation(stratify=False))
    assert prepared.labels == ("b", "rare")


@pytest.mark.parametrize(
    ("sizes", "path"),
    [
        ({"test_size": 0.05}, r"validation\.test_size"),
        ({"validation_size": 0.05}, r"validation\.validation_size"),
        ({"validation_size": 0.49, "test_size": 0.49}, r"validation\.validation_size"),
    ],
)
def test_a_part_smaller_than_the_number_of_classes_is_refused(
    prepare_table: Prepare, sizes: dict[str, float], path: str
) -> None:
    values = ["a", "b", "c", "d"] * 5
    assert prepare_table({"y": values}).n_rows == {"train": 12, "validation": 4, "test": 4}
    with pytest.raises(
        DataError,
        match=rf"^{path}: .*t\.parquet: 20 rows are too few for this split by the 4 classes of column 'y'",
    ):
        prepare_table({"y": values}, split=Validation(**sizes))


def test_a_table_too_small_for_three_parts_is_refused() -> None:
    assert {part: len(rows) for part, rows in split_rows(np.zeros(3), Validation(), False, "y").items()} == {
        "train": 1,
        "validation": 1,
        "test": 1,
    }
    with pytest.raises(DataError, match=r"^validation\.validation_size: 2 rows are too few"):
        split_rows(np.zeros(2), Validation(), False, "y")


# The models


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"validation_size": 0.5, "test_size": 0.5}, "validation_size \\+ test_size must be < 1, got 1"),
        ({"validation_size": 0}, "greater than 0"),
        ({"test_size": 1}, "less than 1"),
        ({"seed": -1}, "greater than or equal to 0"),
        ({"seed": 2**32}, "less than 4294967296"),
        ({"size": 0.2}, "unknown field 'size'; did you mean 'test_size'"),
    ],
)
def test_an_impossible_split_is_refused(values: dict[str, Any], message: str) -> None:
    assert Validation(validation_size=0.5, test_size=0.499)
    with pytest.raises(ValidationError, match=message):
        Validation(**values)


@pytest.mark.parametrize("label", ["1", 1, 1.5, True])
def test_a_label_keeps_its_type(label: object) -> None:
    source = DataSource(path="t.csv", target="y", positive_label=label)
    assert type(source.positive_label) is type(label)
    again = DataSource.model_validate_json(source.model_dump_json())
    assert type(again.positive_label) is type(label)


@pytest.mark.parametrize("model", [DataSource, Validation, PreparedData])
def test_every_field_is_described(model: type[DataSource | Validation | PreparedData]) -> None:
    assert all(field.description for field in model.model_fields.values())
    assert all(field.default_factory is None for field in model.model_fields.values())


def test_a_source_needs_a_path() -> None:
    with pytest.raises(ValidationError, match="at least 1 character"):
        DataSource(path="", target="y")


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("counts", [[37, 3], [90, 4, 3, 3], [12, 3], [9, 9, 3]])
def test_each_part_of_a_stratified_split_has_every_class(counts: list[int], seed: int) -> None:
    y = np.repeat(np.arange(len(counts)), counts)
    rows = split_rows(y, Validation(seed=seed), True, "y")
    assert sorted(np.concatenate(list(rows.values()))) == list(range(len(y)))
    assert all(set(y[numbers]) == set(y) for numbers in rows.values())


def test_a_wide_csv_file_is_not_put_together_once_a_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def counted(*arguments: Any) -> Any:
        made.append(1)
        return with_columns(*arguments)

    monkeypatch.setattr("sweepflow.data.cells.with_columns", counted)
    names = [f"x{number}" for number in range(200)]
    rows = "".join(f"{','.join(f'{row}.{n}' for n in range(200))},{row % 2}\n" for row in range(N_ROWS))
    source = write(tmp_path / "t.csv", f"{','.join(names)},y\n{rows}")
    prepared = prepare(source, Validation(), tmp_path / "cache", is_classifier=True)
    assert prepared.numeric == tuple(names)
    assert len(made) < 10
