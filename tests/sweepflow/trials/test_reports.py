import math
import pickle
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from sweepflow.trials.reports import Reports
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
