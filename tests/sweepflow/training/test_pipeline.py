from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import FeatureColumns, features_and_target, load_part
from sweepflow.data.source import DataSource, Validation
from sweepflow.models.model_file import load_model, save_model
from sweepflow.training.arrays import arrays
from sweepflow.training.pipeline import pipeline, split_names
from sweepflow.training.preprocessor import preprocessor, unfitted

KINDS = ("size", "weight"), ("is_new",), ("color",), ("day",)
TRAIN = pd.DataFrame(
    {
        "size": [1.0, 3.0, np.nan, 5.0],
        "weight": [10, 20, 30, 40],
        "is_new": [1.0, 0.0, np.nan, 1.0],
        "color": pd.Series(["red", "green", None, "red"], dtype="str"),
        "day": pd.to_datetime(["2024-01-01", "2024-01-03", None, "2024-02-05"]),
    }
)


def fitted(table=TRAIN, kinds=KINDS, **parameters):
    numeric, boolean, categorical, date = kinds
    columns = FeatureColumns(
        numeric=numeric, boolean=boolean, categorical=categorical, date=date, date_formats={}
    )
    return preprocessor(columns).set_params(**parameters).fit(table)


def column(name, values):
    """What the fitted preprocessing makes of the training rows with other values in one column."""
    return fitted().transform(TRAIN.assign(**{name: values}))


# --- what it makes of each kind of column


def test_numbers_are_imputed_by_the_training_median_and_scaled_by_its_mean_and_deviation():
    found = fitted().transform(TRAIN)[:, 0]
    imputed = np.array([1.0, 3.0, 3.0, 5.0])
    np.testing.assert_allclose(found, (imputed - 3.0) / imputed.std())


def test_the_validation_rows_have_no_part_in_the_fit(prepared):
    data = prepared("amount")
    train, validation = (load_part(data.folder, part) for part in ("train", "validation"))
    preprocess = arrays(data, {}).preprocess
    imputer, scaler = preprocess.named_transformers_["numeric"]
    imputed = train["size"].fillna(train["size"].median())
    assert imputer.statistics_[0] == train["size"].median()
    assert scaler.mean_[0] == pytest.approx(imputed.mean())
    assert train["size"].median() != pd.concat([train, validation])["size"].median()


def test_text_becomes_a_column_for_each_category_and_one_for_missing():
    transformer = fitted()
    names = list(transformer.get_feature_names_out())
    found = pd.DataFrame(transformer.transform(TRAIN), columns=names)
    assert found["categorical__color_red"].tolist() == [1, 0, 0, 1]
    assert found["categorical__color_green"].tolist() == [0, 1, 0, 0]
    assert found["categorical__color_missing"].tolist() == [0, 0, 1, 0]


def test_a_date_becomes_days_and_places_on_the_circles_of_month_weekday_and_year():
    names = fitted().get_feature_names_out()
    assert [name for name in names if name.startswith("date")] == [
        "date__day_days",
        "date__day_month_sine",
        "date__day_month_cosine",
        "date__day_weekday_sine",
        "date__day_weekday_cosine",
        "date__day_day_of_year_sine",
        "date__day_day_of_year_cosine",
    ]
    days = np.array([0, 2, 2, 35])  # since the first; the missing one is the median
    np.testing.assert_allclose(fitted().transform(TRAIN)[:, -7], (days - days.mean()) / days.std())


def test_an_unseen_category_is_none_of_the_known_ones():
    known = column("color", ["red"] * 4)[:, 3:6]
    unseen = column("color", ["violet"] * 4)[:, 3:6]
    assert known.sum(axis=1).tolist() == [1, 1, 1, 1]
    assert unseen.sum() == 0


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
@pytest.mark.parametrize("kind", ["str", "object"])
def test_missing_text_of_any_kind_is_the_category_missing(missing, kind):
    found = column("color", pd.Series([missing] * 4, dtype=kind))
    np.testing.assert_array_equal(found[:, 3:6], [[0, 1, 0]] * 4)


def test_categories_that_look_like_numbers_are_the_same_when_they_come_as_numbers():
    transformer = fitted(pd.DataFrame({"color": ["1", "2", "x"]}), ((), (), ("color",), ()))
    assert transformer.transform(pd.DataFrame({"color": [1, 2]})).tolist() == [[1, 0, 0], [0, 1, 0]]


def test_a_model_of_numbers_alone_is_made_of_scikit_learn_s_steps_alone():
    transformer = fitted(kinds=(("size", "weight"), (), (), ()))
    steps = transformer.named_transformers_["numeric"]
    assert {type(step).__module__.partition(".")[0] for step in steps} == {"sklearn"}


def test_numbers_of_single_precision_stay_so():
    table = TRAIN.astype({"size": "float32", "weight": "float32"})
    assert fitted(table, (("size", "weight"), (), (), ())).transform(table).dtype == np.float32


def test_a_text_in_a_column_of_numbers_is_refused():
    with pytest.raises(ValueError, match="much"):
        column("size", ["much"] * 4)


def test_more_than_a_hundred_categories_share_the_last_column():
    table = pd.DataFrame({"color": pd.Series([f"c{i}" for i in range(300)] * 2, dtype="str")})
    transformer = fitted(table, ((), (), ("color",), ()))
    assert transformer.transform(table).shape == (600, 100)
    unseen = transformer.transform(pd.DataFrame({"color": ["new"]}))
    assert unseen.sum() == 1


@pytest.mark.parametrize("name", ["size", "color", "day", "is_new"])
def test_values_that_are_all_missing_at_prediction_time_give_finite_numbers(name):
    assert np.isfinite(column(name, [None] * 4)).all()
    assert np.isfinite(column(name, [np.nan] * 4)).all()


@pytest.mark.parametrize("name", ["size", "color", "day", "is_new"])
def test_a_column_that_is_wholly_missing_in_training_takes_values_later(name):
    kind = TRAIN[name].dtype
    empty = TRAIN.assign(**{name: pd.Series([None] * 4, dtype=kind)})
    transformer = fitted(empty)
    assert np.isfinite(transformer.transform(empty)).all()
    assert np.isfinite(transformer.transform(TRAIN)).all()


@pytest.mark.parametrize("strategy", ["median", "most_frequent"])
@pytest.mark.parametrize("given", [[True, False, True, True], [1.0, 0.0, 1.0, 1.0]])
def test_booleans_alone_without_numbers_beside_them_are_numbers(strategy, given):
    kinds = ((), ("is_new",), (), ())
    table = pd.DataFrame({"is_new": given})
    transformer = fitted(table, kinds, boolean__impute__strategy=strategy)
    asked = pd.DataFrame({"is_new": pd.Series([True, False, None], dtype="object")})
    low, high = -1.7320508, 0.5773503  # of mean 3/4
    np.testing.assert_allclose(transformer.transform(asked)[:, 0], [high, low, high], rtol=1e-6)


def test_a_model_file_of_an_older_version_still_takes_text(tmp_path):
    older = fitted()
    older.named_transformers_["categorical"]["plain"].__dict__.clear()
    save_model(older, tmp_path / "model.skops")
    loaded = load_model(tmp_path / "model.skops")
    np.testing.assert_array_equal(loaded.transform(TRAIN), fitted().transform(TRAIN))
    plain = loaded.named_transformers_["categorical"]["plain"]
    assert plain.get_params() == {"read": (), "missing_words": None, "words_for_missing": None}


# --- columns of a table


def test_the_order_of_the_columns_does_not_matter_and_others_are_ignored():
    transformer = fitted()
    mixed = TRAIN[["day", "color", "weight", "is_new", "size"]].assign(more=1, id="x")
    np.testing.assert_array_equal(transformer.transform(mixed), transformer.transform(TRAIN))


def test_a_column_that_lacks_is_named():
    with pytest.raises(ValueError, match="weight"):
        fitted().transform(TRAIN.drop(columns="weight"))


# --- parameters


@pytest.mark.parametrize("place", [1, 2, 3], ids=["boolean", "categorical", "date"])
def test_a_table_without_the_only_column_of_a_model_is_told_its_name(place):
    name = KINDS[place][0]
    kinds = [names[:1] if n == place else () for n, names in enumerate(KINDS)]
    model = fitted(TRAIN[[name]], kinds)
    told = f"the table lacks the column '{name}' that the model has learned from; it has"
    for table, known in ((pd.DataFrame(index=[0]), "none"), (pd.DataFrame([[1]]), "'0'")):
        with pytest.raises(ValueError, match=f"{told} {known}"):
            model.transform(table)
    with pytest.raises(ValueError, match="takes a pandas DataFrame, by the names of its columns, got"):
        model.transform(np.zeros((1, 1)))


def test_names_with_the_prefix_are_the_preprocessing_s():
    theirs, own = split_names({"preprocess__numeric__impute__strategy": "mean", "C": 1.0})
    assert theirs == {"numeric__impute__strategy": "mean"}
    assert own == {"C": 1.0}


def test_parameters_of_the_preprocessing_change_it(prepared):
    data = prepared("amount")
    usual, other = arrays(data, {}), arrays(data, {"categorical__encode__max_categories": 2})
    assert usual.train_features.shape[1] - other.train_features.shape[1] == 2
    mean = arrays(data, {"numeric__impute__strategy": "mean"})
    assert not np.array_equal(mean.train_features, usual.train_features)


def test_a_kind_that_the_data_has_not_is_no_parameter(tmp_path):
    pd.DataFrame({"x": range(20), "y": range(20)}).to_csv(tmp_path / "t.csv", index=False)
    source = DataSource(path=str(tmp_path / "t.csv"), target="y")
    data = prepare(source, Validation(), tmp_path, is_classifier=False)
    with pytest.raises(ValueError, match="categorical"):
        unfitted(data, {"categorical__encode__max_categories": 2})


# --- what is remembered


def test_arrays_are_remembered_until_the_parameters_change(prepared):
    data = prepared("label")
    first = arrays(data, {})
    assert arrays(data, {}) is first
    assert arrays(data, {"numeric__impute__strategy": "mean"}) is not first
    assert arrays(prepared("kind"), {}).train_target.tolist() != first.train_target.tolist()


def test_no_trial_can_change_the_arrays(prepared):
    found = arrays(prepared("label"), {})
    for array in found[1:5]:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]


def test_text_labels_are_plain_strings_and_numbers_stay_numbers(prepared):
    for target, kind in (("label", str), ("amount", float)):
        data = prepared(target)
        features, values = features_and_target(load_part(data.folder, "train"), data)
        assert isinstance(values.tolist()[0], kind)
        assert isinstance(values, np.ndarray)
        assert target not in features


# --- the source file


def raw_predictions(data, source: Path, folder: Path):
    """A fitted model's predictions for the prepared rows, and from its file for all rows of the source."""
    found = arrays(data, {})
    estimator = LogisticRegression().fit(found.train_features, found.train_target)
    model = pipeline(found.preprocess, estimator)
    save_model(model, folder / "model.skops")
    parts = [load_part(data.folder, part) for part in ("train", "validation", "test")]
    raw = load_model(folder / "model.skops").predict_proba(pd.read_csv(source))
    return model.predict_proba(pd.concat(parts)), raw


def test_a_loaded_model_predicts_on_the_raw_columns_of_the_source_file(prepared, source, tmp_path):
    raw = pd.read_csv(source)
    assert {"id", "label", "kind"} < set(raw.columns)
    assert raw["is_new"].dtype == object
    assert raw["is_new"].isna().any()
    assert isinstance(raw["day"][0], str)
    ours, theirs = raw_predictions(prepared("label"), source, tmp_path)
    assert sorted(map(tuple, ours.tolist())) == sorted(map(tuple, theirs.tolist()))


def test_dates_with_the_day_first_mean_the_same_in_the_source_file(tmp_path):
    days = pd.date_range("2024-01-01", periods=60)
    table = pd.DataFrame({"day": days.strftime("%d/%m/%Y"), "label": np.where(days.month > 1, "b", "a")})
    table.to_csv(tmp_path / "table.csv", index=False)
    source = DataSource(path=str(tmp_path / "table.csv"), target="label", dates=("day",))
    data = prepare(source, Validation(), tmp_path, is_classifier=True)
    ours, theirs = raw_predictions(data, tmp_path / "table.csv", tmp_path)
    assert sorted(map(tuple, ours.tolist())) == sorted(map(tuple, theirs.tolist()))
