"""Dates as numbers: by the clock of their own time zone, on circles, and as older models have them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.tree import DecisionTreeRegressor

from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import features_and_target, load_part
from sweepflow.data.source import DataSource, Validation
from sweepflow.models.model_file import load_model, save_model
from sweepflow.training.dates import DateFeatures
from sweepflow.training.preprocess_choice import fitting
from sweepflow.training.preprocessor import unfitted

LATE = pd.Timestamp("2024-01-31T22:30:00Z")  # in Berlin it is 23:30, in summer it would be 0:30


def numbers(times, **options):
    """By name what becomes of the first of these times."""
    table = pd.DataFrame({"at": times})
    features = DateFeatures(**options).fit(table)
    return dict(zip(features.get_feature_names_out(), features.transform(table)[0].tolist(), strict=True))


def test_a_date_has_elapsed_days_month_weekday_day_of_the_year_and_hour():
    assert numbers([LATE]) == {
        "at_days": 19753.9375,
        "at_month": 1,
        "at_weekday": 2,
        "at_day_of_year": 31,
        "at_hour": 22.5,
    }


def test_dates_without_a_time_of_day_have_no_hour():
    assert "at_hour" not in numbers(["2024-01-31", "2024-02-01", None])


def test_the_calendar_is_that_of_the_time_zone_and_the_elapsed_days_are_not():
    in_berlin = numbers([LATE + pd.Timedelta(days=151)], time_zones={"at": "Europe/Berlin"})
    assert [in_berlin[f"at_{part}"] for part in ("month", "weekday", "day_of_year", "hour")] == [
        7,
        0,
        183,
        0.5,
    ]
    assert in_berlin["at_days"] == 19753.9375 + 151


def test_on_circles_the_last_month_day_and_hour_are_next_to_the_first():
    times = pd.to_datetime(["2023-12-31T23:59:00Z", "2024-01-01T00:01:00Z", "2023-07-01T12:00:00Z"])
    features = DateFeatures(are_cyclic=True).fit(pd.DataFrame({"at": times}))
    found = features.transform(pd.DataFrame({"at": times}))[:, 1:]
    near, far = np.linalg.norm(found[0] - found[1]), np.linalg.norm(found[0] - found[2])
    assert near < 1.2  # of which the month and the weekday are nearly all
    assert far > 3
    assert features.get_feature_names_out()[:3].tolist() == ["at_days", "at_month_sine", "at_month_cosine"]


@pytest.mark.parametrize(
    ("estimator", "expected"), [(Ridge(), "cyclic"), (DecisionTreeRegressor(), "numbers")]
)
def test_circles_are_for_estimators_that_are_not_of_trees(estimator, expected, prepared):
    assert fitting(estimator, prepared("amount"), {}, None)[0].dates == expected


TIMES = pd.date_range(LATE, periods=40, freq="10D").tz_convert("Europe/Berlin")
WRITTEN = {
    "zone.parquet": (TIMES, "Europe/Berlin"),
    "iso.csv": ([time.isoformat() for time in TIMES], "+01:00"),
    "plain.csv": ([time.strftime("%Y-%m-%d %H:%M:%S%z") for time in TIMES], "+01:00"),
    "utc.csv": ([time.tz_convert("UTC").isoformat() for time in TIMES], None),
    "naive.csv": ([time.tz_localize(None).isoformat() for time in TIMES], None),
}


@pytest.mark.parametrize("name", list(WRITTEN))
@pytest.mark.parametrize("dates", [(), ("at",)])
def test_the_source_file_has_the_hours_that_the_model_has_learned_from(name, dates, tmp_path):
    times, zone = WRITTEN[name]
    table = pd.DataFrame({"at": times, "y": np.arange(40.0)})
    path = tmp_path / name
    table.to_parquet(path) if name.endswith("t") else table.to_csv(path, index=False)
    source = DataSource(path=str(path), target="y", dates=dates)
    data = prepare(source, Validation(), tmp_path, is_classifier=False)
    assert data.time_zones.get("at") == zone
    how, steps = fitting(DecisionTreeRegressor(), data, {}, None)
    train, target = features_and_target(load_part(data.folder, "train"), data)
    preprocess = unfitted(data, steps, how).fit(train, target)
    raw = preprocess.transform(pd.read_parquet(path) if name.endswith("t") else pd.read_csv(path))
    hours = {"Europe/Berlin": {23.5, 0.5}, "+01:00": {23.5}}.get(zone, {22.5, 23.5, 0.5})
    assert set(raw[:, -1]) <= hours
    parts = [preprocess.transform(load_part(data.folder, part)) for part in ("train", "validation", "test")]
    assert sorted(np.vstack(parts).tolist()) == sorted(raw.tolist())


def test_a_model_of_an_older_version_has_the_three_numbers_that_it_has_learned_from(tmp_path):
    older = DateFeatures().fit(pd.DataFrame({"at": [LATE]}))
    for name in ("time_zones", "are_cyclic", "parts", "without_hour_"):
        del older.__dict__[name]
    save_model(older, tmp_path / "m.skops")
    loaded = load_model(tmp_path / "m.skops")
    assert loaded.transform(pd.DataFrame({"at": [LATE]})).tolist() == [[19753.9375, 1, 2]]
    assert loaded.get_feature_names_out().tolist() == ["at_days", "at_month", "at_weekday"]
