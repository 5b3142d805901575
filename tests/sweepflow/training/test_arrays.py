from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import arrays_folder
from sweepflow.data.source import DataSource, Validation
from sweepflow.training.arrays import arrays, fit_on_all_rows, kept_arrays
from sweepflow.training.pipeline import pipeline
from sweepflow.training.preprocess import Preprocess
from sweepflow.training.preprocessor import unfitted

N_ROWS = 600
HOWS = {
    "one-hot": Preprocess(categories="one_hot", numbers="scaled", dates="cyclic"),
    "sparse": Preprocess(categories="sparse", numbers="scaled"),
    "codes": Preprocess(categories="ordinal", numbers="imputed", dates="numbers"),
    "a table of categories": Preprocess(categories="native", many_categories="native", numbers="native"),
    "gaps": Preprocess(categories="counts", numbers="native"),
    "means of the target": Preprocess(categories="one_hot", many_categories="target", numbers="scaled"),
}


def table() -> pd.DataFrame:
    random = np.random.default_rng(0)
    numbers = {f"single{n}": random.normal(10**n, 3, N_ROWS).astype(np.float32) for n in range(5)}
    frame = pd.DataFrame(
        {
            **numbers,
            "double": random.lognormal(0, 3, N_ROWS),
            "whole": random.integers(-5, 1000, N_ROWS),
            "flag": random.integers(0, 2, N_ROWS).astype(bool),
            "perhaps": random.choice([True, False, None], N_ROWS),
            "color": random.choice(["red", "green", None], N_ROWS, p=[0.5, 0.4, 0.1]),
            "town": [f"town {n}" for n in random.integers(0, 150, N_ROWS)],
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 9999, N_ROWS), "h"),
            "row_weight": random.uniform(0.5, 2, N_ROWS),
            "y": random.choice(["no", "yes"], N_ROWS),
        }
    )
    return frame.mask(random.random(frame.shape) < 0.05).assign(y=frame["y"], row_weight=frame["row_weight"])


def prepared(folder: Path, frame: pd.DataFrame, **source: object):
    frame.to_parquet(folder / "table.parquet")
    given = {"path": str(folder / "table.parquet"), "target": "y", **source}
    return prepare(DataSource.model_validate(given), Validation(), folder, is_classifier=True)


def plain(features):
    return features.toarray() if sparse.issparse(features) else features


def assert_same(found, expected):
    if isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(found, expected)
    else:
        assert type(found) is type(expected)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(plain(found), plain(expected))


# --- what is in the files


@pytest.mark.parametrize("how", HOWS.values(), ids=HOWS)
def test_arrays_of_files_are_those_of_the_memory_to_the_last_bit(tmp_path, monkeypatch, how):
    little_at_once(monkeypatch)
    assert_kept_as_made(prepared(tmp_path, table(), drop=["row_weight"]), how)


def little_at_once(monkeypatch):
    """As few rows and columns at once as there may be."""
    monkeypatch.setattr("sweepflow.training.kept_arrays._MOST_AT_ONCE", 1)
    monkeypatch.setattr("sweepflow.training.fit_by_columns._MOST_AT_ONCE", 1)


@pytest.mark.parametrize("name", ["one-hot", "gaps", "means of the target"])
def test_so_are_those_of_rows_with_weights(tmp_path, monkeypatch, name):
    little_at_once(monkeypatch)
    assert_kept_as_made(prepared(tmp_path, table(), weight="row_weight"), HOWS[name])


@pytest.mark.parametrize("categories", ["native", "sparse", "one_hot"])
def test_so_are_means_of_several_classes_beside_other_categories(tmp_path, monkeypatch, categories):
    little_at_once(monkeypatch)
    frame = table().assign(place=[f"place {n % 110}" for n in range(N_ROWS)])
    frame["y"] = np.resize([*"aaabbc", "rare"], N_ROWS)
    how = Preprocess(categories=categories, many_categories="target", numbers="scaled")
    assert_kept_as_made(prepared(tmp_path, frame, weight="row_weight"), how)


def assert_kept_as_made(data, how):
    found, expected = kept_arrays(data, {}, how, 0), arrays(data, {}, how)
    for name in ("train_features", "validation_features"):
        assert_same(getattr(found, name), getattr(expected, name))
    assert found.train_target.tolist() == expected.train_target.tolist()
    raw = table().drop(columns="y").assign(place="place 7")
    assert_same(found.preprocess.transform(raw), expected.preprocess.transform(raw))


@pytest.mark.parametrize("n_columns", [1, 2, 3, 5])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_alone_stay_in_their_precision_whatever_their_columns(
    tmp_path, monkeypatch, n_columns, dtype
):
    monkeypatch.setattr("sweepflow.training.fit_by_columns._MOST_AT_ONCE", 1)
    random = np.random.default_rng(1)
    frame = pd.DataFrame(random.normal(7, 3, (5000, n_columns)).astype(dtype)).rename(columns=str)
    data = prepared(tmp_path, frame.assign(y=random.choice(["no", "yes"], 5000)))
    found, expected = kept_arrays(data, {}, HOWS["one-hot"], 0), arrays(data, {}, HOWS["one-hot"])
    assert found.train_features.dtype == dtype
    assert found.train_features.flags.c_contiguous
    assert_same(found.train_features, expected.train_features)


@pytest.mark.parametrize("name", HOWS)
def test_single_precision_stays_beside_other_columns(tmp_path, monkeypatch, name):
    little_at_once(monkeypatch)
    frame = table().drop(columns=["row_weight", "double", "whole"])
    data = prepared(tmp_path, frame, drop=[] if name == "one-hot" else ["day"])
    found, expected = (make(data, {}, HOWS[name], 0) for make in (kept_arrays, arrays))
    assert_same(found.train_features, expected.train_features)
    as_pandas_reads_it = frame.drop(columns="y").astype({f"single{n}": float for n in range(5)})
    for features in (found.train_features, expected.preprocess.transform(as_pandas_reads_it)):
        types = features.dtypes if isinstance(features, pd.DataFrame) else [features.dtype]
        assert {dtype for dtype in types if dtype.kind == "f"} == {np.dtype(np.float32)}


@pytest.mark.parametrize("changed", [{"double": 0.5}, {"day": pd.Timestamp("2024-01-01 12:34")}])
def test_numbers_that_need_double_precision_have_it(tmp_path, changed):
    frame = table().drop(columns=["row_weight", "double", "whole", "day"]).assign(**changed)
    assert arrays(prepared(tmp_path, frame), {}, HOWS["codes"]).train_features.dtype == np.float64


def test_parameters_that_make_other_columns_are_fitted_as_a_whole(tmp_path):
    data = prepared(tmp_path, table(), drop=["row_weight"])
    parameters = {"numeric__impute__add_indicator": True, "numeric__impute__strategy": "mean"}
    found, expected = (make(data, parameters, HOWS["one-hot"], 0) for make in (kept_arrays, arrays))
    assert_same(found.train_features, expected.train_features)


# --- what trials may do with them


@pytest.mark.parametrize("name", ["sparse", "a table of categories"])
def test_what_a_trial_writes_into_its_arrays_is_seen_by_no_other(tmp_path, name):
    data = prepared(tmp_path, table(), drop=["row_weight"])
    first = kept_arrays(data, {}, HOWS[name], 0).train_features
    if sparse.issparse(first):
        first.data[:] = 7
    else:
        first.iloc[:, 0] = 7
    second = kept_arrays(data, {}, HOWS[name], 0).train_features
    assert_same(second, arrays(data, {}, HOWS[name]).train_features)


def test_arrays_of_files_are_read_only(tmp_path):
    found = kept_arrays(prepared(tmp_path, table(), drop=["row_weight"]), {}, HOWS["one-hot"], 0)
    with pytest.raises(ValueError, match="read-only"):
        found.train_features[0, 0] = 1


def test_a_big_table_is_preprocessed_once_and_a_small_one_in_no_file(tmp_path, monkeypatch):
    data = prepared(tmp_path, table(), drop=["row_weight"])
    arrays(data, {})
    assert not arrays_folder(data.folder).exists()
    monkeypatch.setattr("sweepflow.training.big_tables._SMALL", 0)
    first = arrays(data, {})
    monkeypatch.setattr("sweepflow.training.kept_arrays._write", None)  # a second time would fail
    assert_same(arrays(data, {}).train_features, first.train_features)


def test_a_full_disk_costs_memory_and_no_trial(tmp_path, monkeypatch, capsys):
    data = prepared(tmp_path, table(), drop=["row_weight"])
    expected = arrays(data, {})
    monkeypatch.setattr("sweepflow.training.big_tables._SMALL", 0)
    arrays_folder(data.folder).write_text("a file, where a folder would have to be")
    assert_same(arrays(data, {}).train_features, expected.train_features)
    assert "in this process's own memory" in capsys.readouterr().out


# --- the rows of both parts


@pytest.mark.parametrize("weight", [None, "row_weight"])
@pytest.mark.parametrize("name", ["one-hot", "a table of categories", "means of the target"])
def test_all_rows_of_files_are_those_of_the_memory_too(tmp_path, monkeypatch, name, weight):
    data = prepared(tmp_path, table(), weight=weight, drop=[] if weight else ["row_weight"])
    expected = fit_on_all_rows(model(data, HOWS[name]), data, 0)
    monkeypatch.setattr("sweepflow.training.big_tables._SMALL", 0)
    monkeypatch.setattr("sweepflow.training.kept_arrays._MOST_AT_ONCE", 1)
    kept_model = model(data, HOWS[name])
    features, target, roles = fit_on_all_rows(kept_model, data, 0)
    assert_same(features, expected[0])
    assert target.tolist() == expected[1].tolist()
    assert (roles.weight is None) is (weight is None)


def model(data, how):
    return pipeline(unfitted(data, {}, how), LogisticRegression())
