"""The still pictures of a sweep, and the Markdown that holds them."""

import base64
import re
import xml.etree.ElementTree as ET

import pytest

from recorded import curve, recorded, spec_of, trial
from sweepflow.plot.style import BEST_COLOR, STATE_COLORS
from sweepflow.report.pictures import learning_curves, parallel_coordinates
from sweepflow.report.summary_markdown import summary_markdown

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert(1)</script> & \x1b[31m"


def drawn(picture):
    """The picture's elements; it must be well-formed."""
    return list(ET.fromstring(picture))


def lines(picture, color):
    return [each for each in drawn(picture) if each.tag == f"{SVG}polyline" and each.get("stroke") == color]


def texts(picture):
    return [each.text for each in drawn(picture) if each.tag == f"{SVG}text"]


THREE = [
    [trial(0), trial(1, "terminated"), trial(2)],
    [*curve(0, 0.1, 0.5, 0.7), *curve(1, 0.1), *curve(2, 0.3, 0.8, 0.9)],
]


def test_each_trial_has_a_curve_and_the_best_is_drawn_once_more_on_top():
    picture = learning_curves(recorded(*THREE))
    assert len(lines(picture, STATE_COLORS["completed"])) == 3  # two trials and the legend
    best = lines(picture, BEST_COLOR)
    assert len(best) == 2
    assert "best: trial 2" in texts(picture)


def test_a_stopped_trial_is_marked_where_it_stopped():
    marks = [each for each in drawn(learning_curves(recorded(*THREE))) if each.tag == f"{SVG}path"]
    assert [mark.get("stroke") for mark in marks] == [STATE_COLORS["terminated"]]
    assert marks[0].get("d").count("M") == 1


def test_a_greater_value_lies_higher_and_later_intervals_to_the_right():
    (best, _) = lines(learning_curves(recorded(*THREE)), BEST_COLOR)
    points = [tuple(map(float, point.split(","))) for point in best.get("points").split()]
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert [y for _, y in points] == sorted((y for _, y in points), reverse=True)


def test_many_long_curves_stay_a_small_picture_with_the_best_one_in_it():
    trials = [trial(number) for number in range(1000)]
    reports = [each for n in range(1000) for each in curve(n, *(n / 1000 for _ in range(100)))]
    picture = learning_curves(recorded(trials, reports))
    assert len(picture) < 200_000
    assert "best: trial 999" in texts(picture)


@pytest.mark.parametrize("picture", [learning_curves, parallel_coordinates])
def test_a_sweep_without_values_has_a_picture_that_says_so(picture):
    (told,) = texts(picture(recorded([trial(0, "running")])))
    assert told.startswith("No trial has")


@pytest.mark.parametrize("picture", [learning_curves, parallel_coordinates])
def test_what_a_user_named_is_text(picture):
    spec = spec_of({"x": {"type": "choice", "values": [HOSTILE, "b"]}}, objective=objective(HOSTILE))
    trials = [trial(0, parameters={"x": HOSTILE}), trial(1, parameters={"x": "b"})]
    shown = picture(recorded(trials, [*curve(0, 0.5, name=HOSTILE), *curve(1, 0.6, name=HOSTILE)], spec))
    assert not [each for each in ET.fromstring(shown).iter() if each.tag == f"{SVG}script"]
    assert "\x1b" not in shown
    assert any("<script>" in (text or "") for text in texts(shown))


def test_parallel_coordinates_have_an_axis_for_each_parameter_and_the_metric_last():
    space = {
        "lr": {"type": "loguniform", "min_value": -6, "max_value": 0},
        "k": {"type": "randint", "upper": 9},
    }
    trials = [trial(n, parameters={"lr": 0.01 * (n + 1), "k": n}) for n in range(4)]
    picture = parallel_coordinates(
        recorded(trials, [each for n in range(4) for each in curve(n, n)], spec_of(space))
    )
    names = [text for text in texts(picture) if text in ("lr", "k", "auc")]
    assert names == ["lr", "k", "auc"]
    (best,) = lines(picture, BEST_COLOR)
    assert len(best.get("points").split()) == 3


def test_the_summary_holds_the_pictures_and_names_the_failure():
    sweep = recorded([trial(0, "failed", error="no good")], error="none of its <b>1</b> trials has a value")
    shown = summary_markdown(sweep)
    pictures = re.findall(r"!\[[a-z ]+\]\(data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)\)", shown)
    assert len(pictures) == 2
    assert all(drawn(base64.b64decode(picture).decode()) for picture in pictures)
    assert "&#60;b&#62;1&#60;/b&#62;" in shown


def objective(metric):
    return {"primary_metric": metric, "goal": "maximize"}
