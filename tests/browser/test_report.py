"""What one sees of a report, and can do with it, in a real browser."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from opened import Opened
from recorded import HOSTILE, hostile_sweep, large_sweep, recorded, trial
from sweepflow import plot
from sweepflow.archive.sweep import Sweep
from sweepflow.report import write_report_page
from toy_chart import with_lengths  # noqa: F401  a fixture

pytestmark = pytest.mark.ui

# How many things a chart shows: points, lines or bars; in a canvas, pixels that are not grey.
MARKS = """chart => {
  const kind = chart.data[0].type;
  if (kind !== "parcoords" && kind !== "scatter3d")
    return chart.querySelectorAll(".point, path.js-line").length;
  const seen = document.createElement("canvas").getContext("2d");
  let n = 0;
  for (const canvas of chart.querySelectorAll("canvas")) {
    if (!canvas.width) continue;
    seen.canvas.width = canvas.width, seen.canvas.height = canvas.height;
    chart._fullLayout.scene?._scene?.glplot?.redraw?.();
    seen.drawImage(canvas, 0, 0);
    const { data } = seen.getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4) {
      const [r, g, b, a] = data.slice(i, i + 4);
      n += a > 0 && Math.max(r, g, b) - Math.min(r, g, b) > 40;
    }
  }
  return n;
}"""


@pytest.fixture
def opened(chromium: Browser, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Opens the report of a sweep in a window of its own."""
    contexts = []

    def open_report(sweep: Sweep, width: int = 1200, **options: Any) -> Opened:
        context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        return Opened(context.new_page(), write_report_page(sweep, tmp_path / "report.html"))

    yield open_report
    for context in contexts:
        context.close()


def column(report: Opened, name: str) -> list[str]:
    """The cells of one column of the table, as shown."""
    heads = report.page.locator("#trials th").all_inner_texts()
    place = [head.rstrip(" ▲▼") for head in heads].index(name) + 1
    return report.page.locator(f"#trials tbody td:nth-child({place})").all_inner_texts()


def test_every_chart_is_drawn_with_no_error_and_no_request(opened: Callable[..., Opened]) -> None:
    report = opened(large_sweep(60, 12))
    report.draw_all()
    charts = report.page.locator(".chart")
    assert report.page.locator(".chart[data-state=drawn]").count() == charts.count()
    empty = [chart.get_attribute("data-figure") for chart in charts.all() if not chart.evaluate(MARKS)]
    assert empty == []
    names = [chart.get_attribute("data-figure") for chart in charts.all()]
    parameters = report.page.locator(f"{report.chart('parallel_coordinates')} .axis-title").count() - 1
    assert parameters == 7
    for chart in plot.CHARTS:
        assert names.count(chart.name) == (parameters if chart.layout == "grid" else 1), chart.name
    assert report.errors == []
    assert report.requests == []


@pytest.mark.usefixtures("with_lengths")
def test_a_chart_that_is_added_to_the_list_is_drawn(opened: Callable[..., Opened]) -> None:
    report = opened(recorded([trial(0), trial(1)]))
    assert report.page.locator(f"{report.chart('lengths')} .point").count() == 2
    assert report.errors == []


def test_a_large_report_is_there_before_the_charts_are(chromium: Browser, tmp_path: Path) -> None:
    path = write_report_page(large_sweep(1000, 100), tmp_path / "report.html")
    assert path.stat().st_size < 15_000_000
    context = chromium.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    seen = "[typeof Plotly, document.querySelectorAll('#trials tbody tr').length]"
    page.add_init_script(f"addEventListener('load', () => window.atLoad = {seen})")
    report = Opened(page, path)
    assert page.evaluate("atLoad") == ["undefined", 200]
    report.chart("learning_curves")
    assert page.locator(".chart[data-figure=learning_curves] path.js-line").count() > 900
    assert report.errors == []
    context.close()


def test_an_axis_of_the_parallel_coordinates_can_be_dragged(opened: Callable[..., Opened]) -> None:
    report = opened(large_sweep(60, 12))
    chart = report.page.locator(report.chart("parallel_coordinates"))
    order = "chart => chart.data[0].dimensions.map(each => each.label)"
    assert chart.evaluate(order) == ["lr", "depth", "kind", "model", "C", "trees", "name", "auc"]
    titles = chart.locator(".axis-title")
    start, end = (titles.nth(place).bounding_box() for place in (0, 1))
    assert start
    assert end
    mouse = report.page.mouse
    mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    mouse.down()
    mouse.move(end["x"] + end["width"] + 20, start["y"] + start["height"] / 2, steps=12)
    mouse.up()
    moved = ["depth", "lr", "kind", "model", "C", "trees", "name", "auc"]
    report.page.wait_for_function(
        f"([chart, moved]) => String(({order})(chart)) === String(moved)", arg=[chart.element_handle(), moved]
    )
    assert report.errors == []


def test_a_click_on_a_heading_sorts_the_table_and_another_turns_it_around(
    opened: Callable[..., Opened],
) -> None:
    report = opened(large_sweep(60, 12))
    assert column(report, "rank") == [str(rank) for rank in range(1, 61)]
    heading = report.page.locator("#trials th").filter(has_text="trees")
    heading.get_by_role("button").click()
    drawn = [float(cell) for cell in column(report, "trees") if cell]
    assert len(drawn) > 10
    assert drawn == sorted(drawn)
    assert column(report, "trees")[-1] == ""  # what was not drawn is last
    assert heading.get_attribute("aria-sort") == "ascending"
    heading.get_by_role("button").click()
    assert [float(cell) for cell in column(report, "trees") if cell] == sorted(drawn, reverse=True)
    assert column(report, "trees")[-1] == ""
    assert heading.get_attribute("aria-sort") == "descending"


def test_a_long_table_is_shown_in_parts_and_sorted_as_a_whole(opened: Callable[..., Opened]) -> None:
    report = opened(large_sweep(201, 1))
    assert len(column(report, "trial")) == 200
    report.page.get_by_role("button", name="Show more (200 of 201 shown)").click()
    assert len(column(report, "trial")) == 201
    assert report.page.locator("button.more").is_hidden()
    report.page.locator("#trials th").filter(has_text="trial").get_by_role("button").click()
    assert column(report, "trial")[:3] == ["0", "1", "2"]


def test_the_menus_choose_what_the_scatters_show(opened: Callable[..., Opened]) -> None:
    report = opened(large_sweep(60, 12))
    for name, section, axes in (
        ("scatter", "#scatter", "layout"),
        ("scatter_3d", "#scatter-3d", "layout.scene"),
    ):
        chart = report.page.locator(report.chart(name))
        before = chart.evaluate("chart => [...chart.data[0].y]")
        report.page.locator(f"{section} select[data-axis=y]").select_option(label="trees")
        report.page.wait_for_function(
            f"chart => chart.{axes}.yaxis.title.text === 'trees'", arg=chart.element_handle()
        )
        assert chart.evaluate("chart => [...chart.data[0].y]") != before
    assert report.errors == []


def test_markup_in_names_is_shown_as_text(opened: Callable[..., Opened]) -> None:
    report = opened(hostile_sweep())
    report.draw_all()
    assert report.page.evaluate("window.hacked") is None
    assert report.page.locator("main img, main script, main iframe").count() == 0
    assert report.page.locator("svg a, svg tspan").count() == 0
    assert [column(report, "text")[0], report.page.locator("h1").inner_text().split(" complet")[0]] == [
        HOSTILE[4],
        HOSTILE[1],
    ]
    metric = "auc <b>x</b></script>"
    drawn = report.page.locator("svg text").all_text_contents()
    for chart in ("learning_curves", "history", "scatter", "slices"):
        assert metric in report.page.locator(f"{report.chart(chart)} svg text").all_text_contents(), chart
    labels = report.page.locator(f"{report.chart('parallel_coordinates')} text").all_text_contents()
    assert {metric, HOSTILE[0]} <= set(labels)
    assert {HOSTILE[0], "<script>window.hacked =…"} <= set(drawn)
    assert report.errors == []


def test_what_is_told_of_a_trial_shows_markup_as_text(opened: Callable[..., Opened]) -> None:
    report = opened(hostile_sweep())
    chart = report.page.locator(report.chart("history"))
    chart.locator(".point").first.hover(force=True)
    told = chart.locator(".hoverlayer text").first
    told.wait_for()
    assert f"text = {HOSTILE[0]}" in (told.text_content() or "")
    assert report.page.evaluate("window.hacked") is None


def test_a_sweep_without_trials_says_so_in_the_place_of_charts(opened: Callable[..., Opened]) -> None:
    report = opened(recorded([]))
    for chart in plot.CHARTS:
        told = report.page.locator(f"#{chart.section} .empty")
        assert told.inner_text().startswith(("No ", "It takes ")), chart.name
    assert report.page.locator("select").first.is_hidden()
    assert report.errors == []


@pytest.mark.parametrize("width", [360, 1200])
def test_the_page_is_as_wide_as_the_window(opened: Callable[..., Opened], width: int) -> None:
    report = opened(large_sweep(60, 12), width)
    report.chart("learning_curves")
    report.chart("slices")
    assert report.page.evaluate("document.documentElement.scrollWidth") == width


def test_no_chart_is_drawn_over_what_stands_below_it(opened: Callable[..., Opened]) -> None:
    report = opened(large_sweep(60, 12))
    report.draw_all()
    too_high = "chart => chart.querySelector('.main-svg').getBoundingClientRect().height > chart.clientHeight"
    charts = report.page.locator(".chart").all()
    assert [chart.get_attribute("data-figure") for chart in charts if chart.evaluate(too_high)] == []


def test_the_charts_follow_the_colours_that_the_reader_prefers(opened: Callable[..., Opened]) -> None:
    report = opened(large_sweep(60, 12), color_scheme="dark")
    chart = report.page.locator(report.chart("history"))
    paper = "chart => chart._fullLayout.paper_bgcolor"
    assert chart.evaluate(paper) == "#182029"
    report.page.emulate_media(color_scheme="light")
    report.page.wait_for_function(f"chart => ({paper})(chart) === '#ffffff'", arg=chart.element_handle())
