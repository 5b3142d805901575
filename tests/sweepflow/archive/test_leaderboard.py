import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import recorded
from recorded import NOON
from recorded import metric_row as report
from sweepflow.archive.leaderboard import leaderboard, metric_table, write_tables
from sweepflow.archive.ranking import ranked
from sweepflow.trials.objective import Objective

MAXIMIZE = Objective(primary_metric="auc", goal="maximize")
MINIMIZE = Objective(primary_metric="auc", goal="minimize")
TIME = pa.timestamp("us", tz="UTC")


def trial(number, state="completed", parameters=None, **fields):
    return recorded.trial(number, state, parameters=parameters or {}, **fields)


def order(trials, reports, objective=MAXIMIZE):
    return [row.number for row in ranked(trials, reports, objective)]


def table(parameters):
    return leaderboard(ranked([trial(n, parameters=p) for n, p in enumerate(parameters)], [], MAXIMIZE))


@pytest.mark.parametrize(("objective", "numbers"), [(MAXIMIZE, [1, 2, 0]), (MINIMIZE, [0, 2, 1])])
def test_trials_are_ranked_by_their_best_value(objective, numbers):
    reports = [report(0, 0.1), report(1, 0.9), report(2, 0.5)]
    assert order([trial(0), trial(1), trial(2)], reports, objective) == numbers


def test_the_best_value_counts_not_the_last():
    reports = [report(0, 0.9, 1), report(0, 0.1, 2), report(1, 0.5, 1)]
    assert order([trial(0), trial(1)], reports) == [0, 1]


def test_of_equals_the_earlier_comes_first():
    reports = [report(2, 0.5), report(0, 0.5), report(1, 0.5)]
    assert order([trial(1), trial(2), trial(0)], reports) == [0, 1, 2]


def test_whoever_ended_with_a_value_and_did_not_fail_comes_first_and_the_others_by_number():
    states = ["failed", "completed", "timed_out", "terminated", "canceled", "running", "queued"]
    trials = [trial(number, state) for number, state in enumerate(states)]
    reports = [report(number, number / 10) for number in range(7)]
    assert order(trials, reports) == [4, 3, 2, 1, 0, 5, 6]


@pytest.mark.parametrize("state", ["terminated", "timed_out", "canceled"])
def test_a_stopped_trial_without_a_value_is_not_ranked(state):
    assert order([trial(0, state), trial(1)], [report(1, 0.1)]) == [1, 0]


def test_the_best_interval_is_the_first_with_the_best_value():
    reports = [report(0, value, interval) for interval, value in enumerate([0.1, 0.7, 0.3, 0.7], start=1)]
    [row] = ranked([trial(0)], reports, MAXIMIZE)
    assert (row.value, row.best_interval, row.intervals) == (0.7, 2, 4)


def test_a_metric_is_the_one_at_the_best_interval_else_its_last():
    reports = [
        *(report(0, value, interval) for interval, value in enumerate([0.1, 0.7, 0.3], start=1)),
        *(report(0, value, interval, "loss") for interval, value in enumerate([3.0, 2.0, 1.0], start=1)),
        *(report(0, value, interval, "rate") for interval, value in ((1, 0.5), (3, 0.25))),
    ]
    [row] = ranked([trial(0)], reports, MAXIMIZE)
    assert row.metrics == {"auc": 0.7, "loss": 2.0, "rate": 0.25}


def test_metrics_of_a_trial_without_a_value_are_its_last():
    [row] = ranked([trial(0, "failed")], [report(0, 1.0, 0, "loss"), report(0, 2.0, 0, "loss")], MAXIMIZE)
    assert (row.value, row.best_interval, row.intervals) == (None, None, 0)
    assert row.metrics == {"loss": 2.0}


def test_the_leaderboard_has_the_columns_of_the_design_in_their_order_and_types():
    trials = [
        trial(0, parameters={"depth": 3}),
        trial(1, "failed", {"depth": 4, "kind": "tree"}, error="why"),
    ]
    reports = [report(0, 0.5), report(0, 0.25, 1, "loss")]
    assert leaderboard(ranked(trials, reports, MAXIMIZE)).schema == pa.schema(
        {
            "number": pa.int64(),
            "state": pa.string(),
            "value": pa.float64(),
            "best_interval": pa.int64(),
            "intervals": pa.int64(),
            "started": TIME,
            "ended": TIME,
            "seconds": pa.float64(),
            "error": pa.string(),
            "param.depth": pa.int64(),
            "param.kind": pa.string(),
            "metric.auc": pa.float64(),
            "metric.loss": pa.float64(),
        }
    )


def test_what_a_trial_has_not_is_null():
    trials = [trial(0, parameters={"a": 1}), trial(1, "canceled", {"b": "x"}, started=None, seconds=None)]
    first, second = leaderboard(ranked(trials, [report(0, 0.5)], MAXIMIZE)).to_pylist()
    assert (first["param.a"], first["param.b"], first["metric.auc"]) == (1, None, 0.5)
    assert (second["param.a"], second["param.b"], second["metric.auc"]) == (None, "x", None)
    assert (second["value"], second["started"], second["seconds"], second["intervals"]) == (
        None,
        None,
        None,
        0,
    )


@pytest.mark.parametrize(
    ("values", "kind", "written"),
    [
        ([1, 2], pa.int64(), [1, 2]),
        ([1, 0.5], pa.float64(), [1.0, 0.5]),
        ([2**53 + 1, 0.5], pa.float64(), [2.0**53, 0.5]),
        ([None, 0.5], pa.float64(), [None, 0.5]),
        ([True, False], pa.bool_(), [True, False]),
        ([True, 1], pa.string(), ["True", "1"]),
        ([1, "1", None], pa.string(), ["1", "1", None]),
        (["a", "b"], pa.string(), ["a", "b"]),
        ([2**63 - 1, 1], pa.int64(), [2**63 - 1, 1]),
        ([2**63, 1], pa.string(), [str(2**63), "1"]),
        ([10**400, 0.5], pa.string(), ["1" + "0" * 400, "0.5"]),
    ],
    ids=str,
)
def test_a_parameter_column_has_the_one_type_of_its_values_else_it_is_text(values, kind, written):
    column = table([{"x": value} for value in values]).column("param.x")
    assert column.type == kind
    assert column.to_pylist() == written


def test_a_parameter_that_is_always_null_has_a_column():
    assert table([{"x": None}, {}]).column("param.x").to_pylist() == [None, None]


def test_the_tables_of_a_sweep_without_trials_are_empty_with_all_columns(tmp_path):
    assert write_tables([], [], MAXIMIZE, tmp_path) == []
    board, reports = (pq.read_table(tmp_path / f"{name}.parquet") for name in ("leaderboard", "metrics"))
    assert board.num_rows == reports.num_rows == 0
    assert board.schema == leaderboard([]).schema
    assert board.column_names[:3] == ["number", "state", "value"]


def test_the_metric_table_has_a_row_for_every_value_reported():
    reports = [report(0, 0.5), report(0, None, 1, "loss")]
    found = metric_table(reports)
    assert found.schema == pa.schema(
        {
            "number": pa.int64(),
            "name": pa.string(),
            "interval": pa.int64(),
            "value": pa.float64(),
            "time": TIME,
        }
    )
    assert found.to_pylist() == [
        {"number": 0, "name": "auc", "interval": 1, "value": 0.5, "time": NOON},
        {"number": 0, "name": "loss", "interval": 1, "value": None, "time": NOON},
    ]


def test_the_tables_are_written_in_rank_order_and_nothing_else_is_left(tmp_path):
    trials, reports = [trial(0), trial(1)], [report(0, 0.1), report(1, 0.2)]
    rows = write_tables(trials, reports, MAXIMIZE, tmp_path)
    assert pq.read_table(tmp_path / "leaderboard.parquet").column("number").to_pylist() == [1, 0]
    assert [row.number for row in rows] == [1, 0]
    assert {path.name for path in tmp_path.iterdir()} == {"leaderboard.parquet", "metrics.parquet"}


def test_what_a_model_costs_is_beside_its_metrics_and_among_no_reports():
    costs = [report(0, 3.0, 1, "cost.predict_ms"), report(0, 10.0, 1, "cost.model_bytes")]
    reports = [report(0, 0.5), *costs, report(1, 0.25), report(1, 7.0, 1, "predict_ms")]
    first, second = ranked([trial(0), trial(1)], reports, MAXIMIZE)
    assert first.metrics == {"auc": 0.5, "predict_ms": 3.0, "model_bytes": 10.0}
    assert second.metrics == {"auc": 0.25, "predict_ms": 7.0}
    assert metric_table(reports).column("name").to_pylist() == ["auc", "auc", "predict_ms"]


def test_a_metric_that_a_trial_reports_itself_is_not_replaced_by_what_its_model_costs():
    reports = [report(0, 0.5), report(0, 7.0, 1, "predict_ms"), report(0, 3.0, 1, "cost.predict_ms")]
    assert ranked([trial(0)], reports, MAXIMIZE)[0].metrics == {"auc": 0.5, "predict_ms": 7.0}
