import math
import pickle
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from sweepflow.trials.reports import ByTrial, Reports
from sweepflow.trials.rows import MetricRow

MOMENT = datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC)


def row(place, value=0.1 + 0.2, name="score", sweep_id="s", time=MOMENT):
    return MetricRow(place + 2**40, sweep_id, 7 * place, name, place + 1, value, time)


ROWS = [
    row(0),
    row(1, None, "loss"),
    row(2, -math.inf, sweep_id="t"),
    row(3, 5e-324, "loss", time=datetime(1969, 12, 31, tzinfo=UTC) + timedelta(microseconds=1)),
    row(4, -0.0),
]


def test_the_rows_come_back_to_their_last_bit():
    assert list(map(repr, Reports(ROWS))) == list(map(repr, ROWS))


def test_nan_is_none():
    assert Reports([row(0, math.nan)])[0].value is None


def test_they_are_a_sequence():
    reports = Reports(iter(ROWS))
    assert (len(reports), reports[1], reports[-1]) == (5, ROWS[1], ROWS[-1])
    assert (reports[-2:], reports[::2], Reports()[-1:]) == (ROWS[-2:], ROWS[::2], [])
    with pytest.raises(IndexError):
        reports[5]


def test_they_equal_a_sequence_of_the_same_rows_alone():
    assert Reports(ROWS) == ROWS
    rows: object = ROWS
    assert rows == Reports(ROWS)
    assert Reports(ROWS) != ROWS[:-1]
    assert Reports(ROWS) != [*ROWS[:-1], row(4, 0.5)]
    assert Reports() != 0


def test_they_pickle():
    assert pickle.loads(pickle.dumps(Reports(ROWS))) == ROWS


def test_a_report_takes_less_than_60_bytes():
    tracemalloc.start()
    try:
        reports = Reports(row(place, place / 3, f"{place % 3}", f"{'s' * 36}") for place in range(10_000))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(reports) == 10_000
    assert held < 600_000


def test_what_models_cost_is_not_reported():
    reports = Reports(ROWS)
    assert reports.reported() is reports
    assert Reports([ROWS[0], row(1, name="cost.fit_seconds"), ROWS[2]]).reported() == [ROWS[0], ROWS[2]]


def test_the_rows_of_a_trial_come_in_their_order():
    rows = [row(0), row(1, 0.5), row(0, 0.25, "loss"), row(1, 1.0)]
    for given in (rows, Reports(rows)):
        by_trial = ByTrial(given)
        assert (by_trial[7], by_trial[0]) == ([rows[1], rows[3]], [rows[0], rows[2]])
        assert by_trial[1] == []
