import base64
import gzip
import json
import re
from concurrent.futures import Future

import pytest
from plotly.offline import get_plotlyjs

from recorded import HOSTILE, NOON, curve, hostile_sweep, large_sweep, metric_row, recorded, spec_of, trial
from sweepflow import plot
from sweepflow.report import write_report_page
from sweepflow.trials.state import SweepState
from toy_chart import with_lengths  # noqa: F401  a fixture

LARGEST = 15_000_000


def written(sweep, folder):
    return write_report_page(sweep, folder / "report.html").read_text(encoding="utf-8")


def payload(page):
    """The data of the page's charts and table."""
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1])


def text(page):
    """The page without its scripts and its style."""
    return re.sub(r"<(script|style).*?</\1>", "", page, flags=re.S)


def test_a_thousand_trials_with_a_hundred_intervals_are_under_15_mb(tmp_path):
    page = written(large_sweep(1000, 100), tmp_path)
    assert len(page.encode()) < LARGEST
    assert len(payload(page)["table"]["rows"]) == 1000


def test_importances_that_could_not_be_computed_cost_their_chart_alone(tmp_path):
    begun = Future()
    begun.set_exception(RuntimeError("the importances could not be computed: <b>no memory"))
    sweep = large_sweep(12, 3)
    page = write_report_page(sweep, tmp_path / "report.html", begun).read_text(encoding="utf-8")
    told = (
        "The importances could not be computed: &lt;b&gt;no memory. sweepflow report a-sweep tries it again."
    )
    assert told in text(page)
    figures = payload(page)["figures"]
    assert figures["importance"]["data"] == []
    assert all(figure["data"] for name, figure in figures.items() if name != "importance")


def test_the_report_lies_in_the_sweeps_folder_and_nothing_else_is_left(tmp_path):
    assert write_report_page(recorded([], folder=tmp_path)) == tmp_path / "report.html"
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_the_page_refers_to_nothing_outside_of_it(tmp_path):
    page = text(written(large_sweep(40, 5), tmp_path))
    assert re.findall(r"""(?:src|href)=["'](?!#)""", page) == []
    assert "url(" not in page


def test_plotlys_script_is_in_it_once_and_compressed(tmp_path):
    page = written(large_sweep(40, 5), tmp_path)
    (packed,) = re.findall(r'id="plotly">(.*?)</script>', page, re.S)
    assert gzip.decompress(base64.b64decode(packed)).decode() == get_plotlyjs()
    assert "plotly.js v" not in page
    assert len(page) < 2_500_000


def test_markup_in_names_is_escaped_wherever_it_stands(tmp_path):
    page = written(hostile_sweep(), tmp_path)
    assert page.count("<script") - page.count('"<script') >= 3
    data = re.search(r'id="data">(.*?)</script>', page, re.S)[1]
    assert not set("<>&") & set(data)
    for each in HOSTILE:
        assert each not in text(page).replace("<br>", "")
    assert "&lt;script&gt;window.hacked = 1&lt;/script&gt;" in text(page)


def test_a_page_has_no_other_scripts_than_its_own(tmp_path):
    plain, hostile = (written(sweep, tmp_path) for sweep in (recorded([trial(0)]), hostile_sweep()))
    tags = [re.findall(r"<script[ >]", text_of) for text_of in (plain, hostile)]
    assert len(tags[0]) == len(tags[1])
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', hostile)[1]
    assert "default-src &#39;none&#39;" in policy
    assert policy.count("sha256-") == 3


def test_the_summary_has_the_result_with_the_interval_of_the_test(tmp_path):
    shown = text(written(large_sweep(40, 5), tmp_path))
    for expected in ("A large sweep", "95 % interval 0.91 to 0.95", "abc123", "median_stopping"):
        assert expected in shown


def test_the_table_has_every_trial_in_rank_order_with_what_it_drew(tmp_path):
    trials = [
        trial(0, parameters={"lr": 0.5, "kind": None}),
        trial(1, parameters={"lr": 0.25, "flag": True, "big": 2**60}),
        trial(2, "timed_out", error="too slow", seconds=None),
    ]
    reports = [*curve(0, 0.5), *curve(1, 0.75), *curve(1, float("inf"), name="loss")]
    table = payload(written(recorded(trials, reports), tmp_path))["table"]
    facts = ["rank", "trial", "state", "auc", "best interval", "intervals", "seconds"]
    assert table["columns"] == [*facts, "lr", "flag", "big", "kind", "loss", "reason"]
    assert table["rows"] == [
        [1, 1, "completed", 0.75, 1, 1, 2.0, 0.25, "true", str(2**60), None, "inf", None],
        [2, 0, "completed", 0.5, 1, 1, 2.0, 0.5, None, None, "null", None, None],
        [3, 2, "timed out", None, None, 0, None, None, None, None, None, None, "too slow"],
    ]


def test_costs_have_columns_of_their_own_and_a_line_beside_the_best_trials_metrics(tmp_path):
    costs = {"fit_seconds": 1.5, "predict_ms": 0.25, "model_bytes": 2000.0}
    reports = [*curve(0, 0.5), *(metric_row(0, cost, name=f"cost.{name}") for name, cost in costs.items())]
    page = written(recorded([trial(0)], reports), tmp_path)
    table = payload(page)["table"]
    assert dict(zip(table["columns"], table["rows"][0], strict=True)).items() >= costs.items()
    assert "Its model: fitted in 1.5 s, predicts a row in 0.25 ms, takes 2 kB." in text(page)
    assert '<th scope="row">fit_seconds' not in page.replace("<wbr>", "")


def test_failures_are_told_by_their_reasons_the_commonest_first(tmp_path):
    trials = [trial(n, "failed", error="ValueError: no good") for n in range(15)]
    trials += [trial(15, "timed_out", error="too slow"), trial(16, "failed"), trial(17)]
    shown = text(written(recorded(trials), tmp_path))
    rows = re.findall(r"<tr><td>(\d+)</td><td>(.*?)</td><td class=\"reason\">(.*?)</td></tr>", shown)
    assert rows == [
        ("15", "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …", "ValueError: no good"),
        ("1", "15", "too slow"),
        ("1", "16", "no reason is on record"),
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"state": SweepState.RUNNING, "ended": None}, "The sweep was still running when"),
        ({"state": SweepState.FAILED, "error": "all failed"}, "The sweep has failed:</strong> "),
        ({"state": SweepState.CANCELED, "error": "interrupted"}, "The sweep was stopped:</strong> "),
    ],
)
def test_a_sweep_that_has_not_completed_says_so(tmp_path, fields, expected):
    assert expected in text(written(recorded([trial(0)], **fields), tmp_path))


def test_a_completed_sweep_says_nothing_of_the_kind(tmp_path):
    shown = text(written(recorded([trial(0)], curve(0, 0.5)), tmp_path))
    assert "still running" not in shown
    assert 'class="alert"' not in shown.replace('<noscript><section class="alert">', "")


def test_every_chart_has_its_section_its_place_in_the_navigation_and_its_figure(tmp_path):
    page = written(large_sweep(40, 5), tmp_path)
    assert list(payload(page)["figures"]) == [chart.name for chart in plot.CHARTS]
    for chart in plot.CHARTS:
        assert f'<li><a href="#{chart.section}">{chart.label}</a></li>' in page
        section = re.search(rf'<section id="{chart.section}">(.*?)</section>', page, re.S)[1]
        assert f'data-figure="{chart.name}"' in section


@pytest.mark.usefixtures("with_lengths")
def test_a_chart_that_is_added_to_the_list_is_on_the_page(tmp_path):
    page = written(recorded([trial(0), trial(1)], curve(0, 0.5)), tmp_path)
    assert '<li><a href="#lengths">Lengths</a></li>' in page
    section = re.search(r'<section id="lengths">(.*?)</section>', page, re.S)[1]
    assert "<h2>auc took so long</h2>" in section
    assert "A bar for each of 2 trials." in section
    assert '<div class="chart" data-figure="lengths"></div>' in section
    assert payload(page)["figures"]["lengths"]["data"][0]["y"] == [2.0, 2.0]


def test_menus_begin_with_the_parameters_that_matter_most(tmp_path):
    data = payload(written(large_sweep(60, 5), tmp_path))
    names = [data["columns"][data["chosen"][axis]]["name"] for axis in "xyz"]
    assert set(names[:2]) == {"lr", "depth"}
    assert names[2] == "auc"


def test_a_metric_may_be_called_like_a_parameter(tmp_path):
    spec = spec_of({"auc": {"type": "uniform", "min_value": 0, "max_value": 1}})
    trials = [trial(n, parameters={"auc": n / 10}) for n in range(10)]
    reports = [report for n in range(10) for report in curve(n, 0.9 - n / 10)]
    data = payload(written(recorded(trials, reports, spec), tmp_path))
    across, up = (data["columns"][data["chosen"][axis]] for axis in "xz")
    assert across["positions"] == up["positions"][::-1]


def test_saved_intervals_are_told_as_the_upper_bound_that_they_are(tmp_path):
    trials = [trial(0), trial(1, "terminated", seconds=3.0)]
    reports = [*curve(0, *[0.5] * 10), *curve(1, *[0.5] * 3)]
    spec = spec_of(early_termination={"type": "median_stopping"})
    shown = " ".join(text(written(recorded(trials, reports, spec), tmp_path)).split())
    assert "median_stopping stopped 1 trial, which trained 3 intervals" in shown
    assert "at most 7 intervals (70 %) were saved, and about 7.0 s" in shown


def test_slots_are_told_to_be_busy_between_the_first_start_and_the_last_end(tmp_path):
    # each lasts two of the three seconds, on four slots
    sweep = recorded([trial(0), trial(1)], ended=NOON.replace(hour=13))
    shown = " ".join(text(written(sweep, tmp_path)).split())
    assert "4 slots were busy for 33 % of the time" in shown


def test_controls_and_lone_surrogates_are_shown_as_in_python(tmp_path):
    odd = "\x1b[31m\u202e\ud800"
    space = {"x": {"type": "choice", "values": ["plain", "other"]}}
    trials = [trial(0, parameters={"x": odd}), trial(1, "failed", error=f"first\n{odd}")]
    page = written(recorded(trials, curve(0, 0.5), spec_of(space)), tmp_path)
    shown = "\\x1b[31m\\u202e\\ud800"
    assert payload(page)["table"]["rows"][0][7] == shown
    assert f"first\n{shown}" in text(page)


def test_only_its_owner_can_read_a_report(tmp_path):
    assert write_report_page(recorded([]), tmp_path / "report.html").stat().st_mode & 0o077 == 0


def test_a_long_name_of_a_metric_breaks_at_its_underscores_alone(tmp_path):
    reports = [*curve(0, 0.5), metric_row(0, 1.0, name="root_mean_squared_error")]
    page = text(written(recorded([trial(0)], reports), tmp_path))
    assert '<th scope="row">root_<wbr>mean_<wbr>squared_<wbr>error</th>' in page
