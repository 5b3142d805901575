import pytest

from recorded import ranked_row
from sweepflow.plot.text import label, labels, plain, trial_text, unmarked
from sweepflow.trials.objective import Objective

MAXIMIZE = Objective(primary_metric="a<b>c", goal="maximize")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<b>bold</b>", "&lt;b&gt;bold&lt;/b&gt;"),
        ("a & b &lt; c", "a &amp; b &amp;lt; c"),
        ("$x^2$", "&#36;x^2&#36;"),
        ("two\n lines", "two lines"),
        ("\x1b[31m \u202e \ud800", "\\x1b[31m \\u202e \\ud800"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
    ],
)
def test_plain_text_has_nothing_that_plotly_takes_for_markup(text, shown):
    assert plain(text) == shown


def test_text_in_space_has_no_tags_and_is_not_escaped():
    assert unmarked("a < b & <b>c</b>") == "a <\u200b b & <\u200bb>c<\u200b/b>"


def test_text_is_shortened_before_it_is_escaped():
    assert label("<" * 5, longest=3) == "<<…"
    assert plain("<" * 61) == "&lt;" * 59 + "…"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 0.5, "a"], ["1", "0.5", "a"]),
        ([None, True, False], ["null", "true", "false"]),
        ([1, "1"], ["1", '"1"']),
        ([0.123456, 0.1234561], ["0.123456", "0.1234561"]),
    ],
)
def test_labels_tell_values_apart(values, expected):
    assert labels(values) == expected


def test_what_is_told_of_a_trial_is_its_state_value_and_parameters():
    row = ranked_row(7, "timed_out", parameters={"lr": 0.123456789, "kind": "<i>"}, value=0.5)
    told = "<b>trial 7</b>, timed out<br>a&lt;b&gt;c = 0.5<br>lr = 0.12346<br>kind = &lt;i&gt;"
    assert trial_text(row, MAXIMIZE) == told


def test_of_many_parameters_only_the_first_are_told():
    row = ranked_row(0, parameters={f"p{i}": i for i in range(15)})
    assert trial_text(row, MAXIMIZE).endswith("p11 = 11<br>and 3 more")
