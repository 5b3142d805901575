"""Columns that pandas names by something else than text, or takes for an index."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.linear_model import LinearRegression

from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import PreparedData, features_and_target, load_part
from sweepflow.data.source import DataSource, Validation
from sweepflow.errors import SpecError
from sweepflow.models.model_file import load_model, save_model
from sweepflow.training.pipeline import pipeline
from sweepflow.training.preprocessor import unfitted

N_ROWS = 30
VALUES = np.random.default_rng(0).normal(size=(N_ROWS, 3))


def prepared(path: Path, **fields: Any) -> PreparedData:
    return prepare(
        DataSource(path=str(path), **fields), Validation(), path.parent / "cache", is_classifier=False
    )


def saved_model(data: PreparedData, folder: Path) -> Any:
    """A model of the training rows, as its file gives it back."""
    features, target = features_and_target(load_part(data.folder, "train"), data)
    model = pipeline(unfitted(data, {}), LinearRegression()).fit(features, target)
    save_model(model, folder / "model.skops")
    return load_model(folder / "model.skops")


NAMES = {
    "numbers": [0, 1, 2],
    "fractions": [0.5, 1.0, 2.0],
    "days": list(pd.date_range("2024-01-01", periods=3)),
    "pairs": pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)]),
}


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
def test_a_table_whose_columns_have_no_text_for_names_predicts(
    tmp_path: Path, kind: str, suffix: str
) -> None:
    frame = pd.DataFrame(VALUES, columns=NAMES[kind])
    path = tmp_path / f"t{suffix}"
    if suffix == ".parquet":
        frame.to_parquet(path)
    else:
        table = pa.Table.from_pandas(frame)
        with pa.ipc.new_file(str(path), table.schema) as writer:
            writer.write_table(table)
    names = pa.Table.from_pandas(frame).column_names
    data = prepared(path, target=names[2])
    assert data.numeric == tuple(names[:2])
    model = saved_model(data, tmp_path)
    raw = pd.read_parquet(path) if suffix == ".parquet" else pd.read_feather(path)
    assert raw.columns.tolist() == frame.columns.tolist()
    plain = frame.set_axis(names, axis=1)
    np.testing.assert_allclose(model.predict(raw), model.predict(plain))
    test = load_part(data.folder, "test")
    np.testing.assert_allclose(model.predict(raw[np.isin(VALUES[:, 2], test[names[2]])]), model.predict(test))


def test_names_of_text_need_nothing_of_ours_in_a_model_of_numbers(tmp_path: Path) -> None:
    pd.DataFrame(VALUES, columns=["x", "2nd", "y"]).to_parquet(tmp_path / "t.parquet")
    preprocess = unfitted(prepared(tmp_path / "t.parquet", target="y"), {})
    assert type(preprocess).__module__.startswith("sklearn.")


def test_names_of_digits_mean_the_same_as_numbers(tmp_path: Path) -> None:
    frame = pd.DataFrame(VALUES)
    frame.to_csv(tmp_path / "t.csv", index=False)
    model = saved_model(prepared(tmp_path / "t.csv", target="2"), tmp_path)
    assert model.predict(frame).tolist() == pytest.approx(
        model.predict(pd.read_csv(tmp_path / "t.csv")).tolist()
    )


def test_a_column_may_be_named_by_its_number(tmp_path: Path) -> None:
    pd.DataFrame(VALUES, columns=[2022, 2023, 2024]).to_csv(tmp_path / "t.csv", index=False)
    data = prepared(tmp_path / "t.csv", target=2024, features=(2022, 2023), drop=(2023,))
    assert (data.target, data.numeric) == ("2024", ("2022",))


@pytest.mark.parametrize("name", [True, None, [None], [[1]], [1, True]])
def test_what_is_no_name_is_refused(name: object) -> None:
    with pytest.raises(SpecError, match=r"target.*must be a string"):
        DataSource.parse({"path": "t.csv", "target": name})


def test_a_list_of_one_name_is_that_name() -> None:
    assert DataSource.parse({"path": "t.csv", "target": [1]}).target == "1"


@pytest.mark.parametrize("index", [["shop"], ["shop", "day"], ["shop", None]])
def test_an_index_with_a_name_is_left_out_as_pandas_leaves_it_out(
    tmp_path: Path, index: list[str | None]
) -> None:
    levels = [[100 + row for row in range(N_ROWS)], [row % 7 for row in range(N_ROWS)]]
    frame = pd.DataFrame(VALUES, columns=["x", "z", "y"])
    frame.index = pd.MultiIndex.from_arrays(levels[: len(index)], names=index)
    frame.to_parquet(tmp_path / "t.parquet")
    data = prepared(tmp_path / "t.parquet", target="y")
    assert data.numeric == ("x", "z")
    assert len(data.notices) == len(index)
    assert data.notices[0] == "Column 'shop' is an index written by pandas and is left out."
    model = saved_model(data, tmp_path)
    assert len(model.predict(pd.read_parquet(tmp_path / "t.parquet"))) == N_ROWS


def test_an_index_that_is_asked_for_is_learned_from_with_a_notice(tmp_path: Path) -> None:
    frame = pd.DataFrame(VALUES, columns=["x", "z", "y"], index=pd.Index(np.arange(N_ROWS) ** 2, name="shop"))
    frame.to_parquet(tmp_path / "t.parquet")
    data = prepared(tmp_path / "t.parquet", target="y", features=("x", "shop"))
    assert set(data.numeric) == {"x", "shop"}
    assert data.notices == (
        "pandas makes an index of 'shop': give a model table.reset_index(), not the table.",
    )
    model = saved_model(data, tmp_path)
    assert len(model.predict(pd.read_parquet(tmp_path / "t.parquet").reset_index())) == N_ROWS
