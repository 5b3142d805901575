"""What an estimator gets that takes gaps and categories as they are."""

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.ensemble import HistGradientBoostingClassifier

from sweepflow.data.prepared import FeatureColumns
from sweepflow.models.model_file import load_model, save_model
from sweepflow.training.native_columns import CategoryColumns
from sweepflow.training.pipeline import pipeline
from sweepflow.training.preprocess import Preprocess
from sweepflow.training.preprocessor import preprocessor

GAP = "a gap"


def categories(given, asked, **options):
    """The category of each asked text, after those given: its number, or `GAP`."""
    columns = CategoryColumns(**options).fit(pd.DataFrame({"x": given}))
    found = columns.transform(pd.DataFrame({"x": asked}))["x"]
    return [GAP if pd.isna(value) else value for value in found]


def test_a_category_is_the_number_of_its_text_and_a_gap_stays_one():
    assert categories(["b", "a", None, "b"], ["a", "b", None]) == [0, 1, GAP]


def test_a_category_that_the_training_rows_lack_is_a_gap():
    assert categories(["b", "a"], ["a", "new"]) == [0, GAP]


@pytest.mark.parametrize("options", [{"max_categories": 2}, {"min_frequency": 2}, {"min_frequency": 0.3}])
def test_rare_categories_share_one_which_unknown_ones_belong_to(options):
    given = ["often"] * 4 + ["once", "another"]
    assert categories(given, ["often", "once", "another", "new", None], **options) == [0, 1, 1, 1, GAP]


def test_as_many_categories_as_allowed_share_none():
    assert categories(["a", "b", "c"], ["a", "b", "c", "new"], max_categories=3) == [0, 1, 2, GAP]


def test_a_column_without_a_value_has_no_category():
    assert categories([None, None], ["a", None]) == [GAP, GAP]


@pytest.mark.parametrize("kind", ["str", "object", "category"])
def test_text_of_any_type_is_the_same_category(kind):
    given = pd.Series(["a", "b", None, "a"], dtype=kind)
    assert categories(["a", "b"], given) == [0, 1, GAP, 0]


def test_words_that_count_as_missing_are_gaps_unless_one_is_a_category():
    assert categories(["a", "?", " "], ["a", "?", ""], missing_words=["?"]) == [0, GAP, GAP]
    options = {"missing_words": ["NA"], "words_for_missing": {"x": "NA"}}
    assert categories(["a", "NA"], ["a", "NA", None], **options) == [1, 0, 0]


def test_text_that_looks_like_numbers_is_the_same_when_it_comes_as_numbers():
    assert categories(["01", "2", "x"], [1, 2.0], read=["x"]) == [0, 1]


# --- in front of an estimator

TRAIN = pd.DataFrame(
    {
        "size": np.tile([1.0, 3.0, np.nan, 5.0], 25),
        "is_new": np.tile([1.0, 0.0, np.nan, 1.0], 25),
        "a, [kind]": np.tile(["x", "y", None, "x"], 25),
        "a  <kind>": np.tile(["u", "v"], 50),
        "day": pd.to_datetime(np.tile(["2024-01-01", "2024-01-03", None, "2024-02-05"], 25)),
        "at": np.tile([3600.0, 7200.0, np.nan, 0.0], 25),
    }
)
COLUMNS = FeatureColumns(
    numeric=("size",),
    boolean=("is_new",),
    categorical=("a, [kind]", "a  <kind>"),
    date=("day",),
    time=("at",),
    date_formats={},
)
LABELS = np.tile(["no", "yes", "yes", "no"], 25)
NATIVE = Preprocess(categories="native", numbers="native")


def test_the_estimator_gets_categories_numbers_and_gaps_as_they_are():
    table = preprocessor(COLUMNS, NATIVE).fit_transform(TRAIN)
    assert table.shape[0] == 100
    assert table["numeric__size"][:4].tolist() == pytest.approx([1, 3, np.nan, 5], nan_ok=True)
    kinds = {name: str(dtype) for name, dtype in table.dtypes.items() if name.startswith("categorical")}
    assert kinds == {"categorical__a_kind_": "category", "categorical__a_kind__": "category"}
    assert table.drop(columns=list(kinds)).dtypes.map(str).unique().tolist() == ["float64"]
    assert table.isna().any().sum() >= 6


MIXED = TRAIN[["day", "a, [kind]", "is_new", "a  <kind>", "size", "at"]]
IN_ORDER = [
    "date",
    "categorical__a_kind_",
    "boolean__is_new",
    "categorical__a_kind__",
    "numeric__size",
    "time",
]


def test_the_columns_stay_in_the_order_of_the_table():
    model = preprocessor(COLUMNS, NATIVE).fit(MIXED)
    for table in (model.transform(MIXED), model.transform(TRAIN[:1]), model.fit_transform(MIXED)):
        kinds = [name if name in IN_ORDER else name.partition("__")[0] for name in table]
        assert list(dict.fromkeys(kinds)) == IN_ORDER
    assert table["numeric__size"][:4].tolist() == pytest.approx([1, 3, np.nan, 5], nan_ok=True)
    assert list(table) == model.get_feature_names_out().tolist()


def test_they_do_so_without_categories_too():
    columns = COLUMNS.model_copy(update={"categorical": (), "date": ()})
    made = preprocessor(columns, NATIVE).fit_transform(MIXED)
    assert made[:4, 0].tolist() == pytest.approx([1, 0, np.nan, 1], nan_ok=True)
    assert made[:4, 1].tolist() == pytest.approx([1, 3, np.nan, 5], nan_ok=True)


def test_a_model_from_before_that_keeps_the_order_it_was_fitted_with():
    model = preprocessor(COLUMNS, NATIVE).fit(MIXED)
    del model.order_
    assert list(model.transform(MIXED))[:2] == ["numeric__size", "boolean__is_new"]


def test_numbers_alone_need_no_code_of_ours():
    columns = COLUMNS.model_copy(update=dict.fromkeys(("boolean", "categorical", "date", "time"), ()))
    model = preprocessor(columns, NATIVE).fit(TRAIN)
    assert type(model).__module__.startswith("sklearn.")
    found = model.transform(pd.DataFrame({"size": pd.array([1, None], dtype="Int64")}))
    np.testing.assert_array_equal(found, [[1.0], [np.nan]])


@pytest.mark.parametrize(
    "estimator",
    [
        HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=2),
        LGBMClassifier(n_estimators=5, min_child_samples=2, verbose=-1),
    ],
)
def test_its_model_takes_raw_rows_from_its_file(estimator, tmp_path, monkeypatch):
    monkeypatch.setenv("SWEEPFLOW_ESTIMATOR_PACKAGES", "sklearn,lightgbm")
    model = pipeline(preprocessor(COLUMNS, NATIVE), estimator).fit(TRAIN, LABELS)
    save_model(model, tmp_path / "m.skops")
    asked = TRAIN[:4].assign(**{"a, [kind]": ["x", "never seen", None, 7], "size": None, "at": None})
    loaded = load_model(tmp_path / "m.skops")
    np.testing.assert_array_equal(loaded.predict_proba(asked), model.predict_proba(asked))
    gaps = asked.assign(**{"a, [kind]": ["x", None, None, None]})
    np.testing.assert_array_equal(loaded.predict_proba(gaps), model.predict_proba(asked))
