"""Trials whose parameters are lists and mappings, wherever a recorded sweep is read."""

import json

import pyarrow.parquet as pq
import pytest

from recorded import curve, recorded, spec_of, trial
from sweepflow import plot
from sweepflow.analysis.importance import importances
from sweepflow.archive.leaderboard import write_tables
from sweepflow.report import write_report_page
from sweepflow.report.table import leaderboard_row

LAYERS = [[100, 50], [20], None]
WEIGHTS = ["balanced", {"no": 1, "yes": 5}]


def sweep_trials():
    drawn = [{"layers": LAYERS[n % 3], "weights": WEIGHTS[n % 2]} for n in range(12)]
    return [trial(number, parameters=parameters) for number, parameters in enumerate(drawn)]


@pytest.fixture
def sweep(tmp_path):
    space = {
        "layers": {"type": "choice", "values": LAYERS},
        "weights": {"type": "choice", "literal": True, "values": WEIGHTS},
    }
    reports = [report for number in range(12) for report in curve(number, number % 3 + number / 100)]
    return recorded(sweep_trials(), reports, spec_of(space), folder=tmp_path)


def test_the_leaderboard_has_them_as_json(sweep, tmp_path):
    write_tables(sweep_trials(), sweep.reports, sweep.spec.objective, tmp_path)
    table = pq.read_table(tmp_path / "leaderboard.parquet").sort_by("number").to_pydict()
    assert table["param.layers"][:3] == ["[100, 50]", "[20]", None]
    assert table["param.weights"][:2] == ["balanced", '{"no": 1, "yes": 5}']
    assert json.loads(table["param.weights"][1]) == WEIGHTS[1]


def test_each_is_a_category_of_its_own_for_importances_and_optuna(sweep):
    found = importances(sweep)
    assert next(iter(found.shares)) == "layers"
    study = sweep.to_optuna()
    assert study.trials[0].params == {"layers": "[100, 50]", "weights": "balanced"}
    assert study.trials[1].distributions["weights"].choices == ("balanced", '{"no": 1, "yes": 5}')


def test_they_label_the_axes_of_charts_and_fill_the_cells_of_the_report(sweep, tmp_path):
    figures = [getattr(plot, chart.name)(sweep).to_json() for chart in plot.CHARTS]
    assert any("[100, 50]" in json.loads(json.dumps(figure)) for figure in figures)
    page = write_report_page(sweep, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "[100, 50]" in page
    # The report escapes a brace's quotes in its data as JSON does.
    assert '{\\"no\\": 1, \\"yes\\": 5}' in page


def test_a_cell_of_prefects_table_is_text(sweep):
    row = next(row for row in sweep.rows if row.number == 9)
    cells = leaderboard_row(1, row, sweep.spec.objective)
    assert cells["layers"].replace("&#91;", "[").replace("&#93;", "]") == "[100, 50]"
