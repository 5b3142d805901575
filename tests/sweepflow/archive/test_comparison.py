"""What is told of the best trial beside the baseline."""

from typing import Any

import pytest

from recorded import curve, recorded, spec_of, trial
from sweepflow.archive.comparison import Comparison, compare_with_baseline
from sweepflow.archive.ranking import ranked
from sweepflow.report.summary_markdown import summary_markdown
from sweepflow.report.words import Card, summary
from sweepflow.spec.spec import Spec

SPACE = {"x": {"type": "choice", "values": [0, 1, 2, 3]}}
DATA = {"path": "table.csv", "target": "y"}
BASELINE: dict[str, Any] = {"parameters": {"x": 1}}


def spec(**fields: Any) -> Spec:
    return spec_of(SPACE, baseline={"x": 1}, data=DATA, **fields)


def compare(spec: Spec, *trials: dict[str, Any], **values: list[float]) -> Comparison:
    """Of these trials, whose reports are those of t0, t1, ..."""
    reports = [report for name, each in values.items() for report in curve(int(name[1:]), *each)]
    found = compare_with_baseline(spec, ranked(trials, reports, spec.trial_objective))
    assert found is not None
    return found


def other(number: int, x: int = 2) -> dict[str, Any]:
    return trial(number, parameters={"x": x})


def test_a_spec_without_a_baseline_has_nothing_to_compare() -> None:
    rows = ranked([trial(0, **BASELINE)], curve(0, 0.5), spec().trial_objective)
    assert compare_with_baseline(spec_of(SPACE), rows) is None


def test_a_better_one_is_told_with_the_difference_of_the_best_values() -> None:
    found = compare(spec(), trial(0, **BASELINE), other(1), t0=[0.75, 0.5], t1=[0.25, 0.875])
    assert (found.number, found.value, found.difference) == (0, 0.75, 0.125)
    assert found.line == "best auc 0.875, baseline 0.75 (trial 0): better by 0.125, on validation rows"


def test_the_difference_of_losses_is_positive_too() -> None:
    minimized = spec(objective={"primary_metric": "auc", "goal": "minimize"})
    found = compare(minimized, trial(0, **BASELINE), other(1), t0=[0.75], t1=[0.25])
    assert found.difference == 0.5
    assert found.line == "best auc 0.25, baseline 0.75 (trial 0): better by 0.5, on validation rows"


def test_the_baseline_may_be_the_best_itself() -> None:
    found = compare(spec(), trial(0, **BASELINE), other(1), t0=[0.75], t1=[0.5])
    assert found.difference == 0
    assert found.line == "best auc 0.75, baseline 0.75 (trial 0): no trial was better, on validation rows"


def test_the_defaults_are_known_by_their_number() -> None:
    defaults = spec().model_copy(update={"baseline": "defaults"})
    found = compare(defaults, trial(0, parameters={"y": None}), other(1), t0=[0.75], t1=[0.875])
    assert (found.number, found.parameters, found.value) == (0, {"y": None}, 0.75)
    assert found.line == "best auc 0.875, defaults 0.75 (trial 0): better by 0.125, on validation rows"


@pytest.mark.parametrize(
    ("value", "verdict"), [(0.75 + 1e-12, "no better"), (0.75 + 1e-6, "better by 1e-06")]
)
def test_a_difference_within_rounding_is_none(value: float, verdict: str) -> None:
    found = compare(spec(), other(0), trial(1, **BASELINE), t0=[value], t1=[0.75])
    assert (found.number, found.verdict) == (1, verdict)


def test_a_large_difference_is_told_without_an_exponent() -> None:
    found = compare(spec(), other(0), trial(1, **BASELINE), t0=[13_000.0], t1=[11_766.0])
    assert found.verdict == "better by 1,234"


@pytest.mark.parametrize(("n", "told"), [(1, "1 interval"), (2, "2 intervals")])
def test_of_a_stopped_baseline_the_best_value_so_far_counts_and_is_said_to_be_that(n: int, told: str) -> None:
    stopped = trial(1, "terminated", **BASELINE)
    found = compare(spec(), other(0), stopped, t0=[0.875], t1=[0.5, 0.25][:n])
    assert found.value == 0.5
    assert found.baseline_words == f"baseline 0.5 (trial 1, its best until it was stopped after {told})"


@pytest.mark.parametrize(
    ("state", "error", "why"),
    [
        ("failed", "ValueError: no good", "it failed (trial 0): ValueError: no good"),
        ("timed_out", "killed after 3 s", "it timed out (trial 0): killed after 3 s"),
        ("canceled", None, "it was canceled (trial 0)"),
        ("running", None, "it has not ended (trial 0)"),
        ("queued", None, "it has not ended (trial 0)"),
    ],
)  # fmt: skip
def test_a_baseline_that_is_not_ranked_is_no_measure_and_its_end_is_told(
    state: str, error: str | None, why: str
) -> None:
    reported = [] if state in ("timed_out", "canceled") else [0.9]
    found = compare(spec(), trial(0, state, error=error, **BASELINE), other(1), t0=reported, t1=[0.5])
    assert (found.number, found.value, found.difference) == (0, None, None)
    assert found.line == f"no comparison with the baseline: {why}"


def test_a_baseline_that_breaks_a_requirement_is_no_measure_and_says_so() -> None:
    asked = spec(require=["auc > 0.6"])
    reports = [*curve(0, 0.5), *curve(1, 0.7)]
    rows = ranked([trial(0, **BASELINE), other(1)], reports, asked.trial_objective, asked.require)
    found = compare_with_baseline(asked, rows)
    assert found is not None
    assert (found.number, found.value) == (0, None)
    assert found.verdict == "it does not meet auc > 0.6: auc is 0.5 (trial 0)"


def test_a_baseline_that_was_not_tried_is_told() -> None:
    for trials in ([], [other(0)]):
        assert compare(spec(), *trials).line == "no comparison with the baseline: it was not tried"


def test_the_first_trial_with_its_parameters_is_the_baseline() -> None:
    found = compare(spec(), other(0), trial(1, **BASELINE), trial(2, **BASELINE), t1=[0.5], t2=[0.75])
    assert (found.number, found.value) == (1, 0.5)


def test_folds_and_what_a_trial_reports_without_data_are_not_called_validation_rows() -> None:
    trials, values = (trial(0, **BASELINE), other(1)), {"t0": [0.5], "t1": [0.75]}
    # A mean over the folds: the latest counts.
    folded = spec_of(SPACE, baseline={"x": 1}, data=DATA, validation={"folds": 3})
    assert compare(folded, *trials, **{**values, "t1": [0.875, 0.75]}).line.endswith(
        ": better by 0.25, over the folds"
    )
    own = spec_of(SPACE, baseline={"x": 1})
    assert compare(own, *trials, **values).line.endswith(": better by 0.25, as reported")


def cards(spec: Spec, state: str = "completed") -> list[Card]:
    reports = [*curve(0, 0.75), *curve(1, 0.875)]
    sweep = recorded([trial(0, state, error="x <b>", **BASELINE), other(1)], reports, spec)
    return [card for card in summary(sweep).cards if card.label.startswith("against")]


def test_the_report_has_a_card_for_it_only_if_there_is_a_baseline() -> None:
    label = "against the baseline, validation"
    assert cards(spec_of(SPACE)) == []
    assert cards(spec()) == [Card(label, "better by 0.125", "baseline 0.75 (trial 0), not tested")]
    assert cards(spec_of(SPACE, baseline={"x": 1})) == [
        Card(label, "better by 0.125", "baseline 0.75 (trial 0)")
    ]
    assert cards(spec(), "failed") == [Card(label, "-", "it failed (trial 0): x <b>")]


def test_the_summary_has_it_too() -> None:
    sweep = recorded([trial(0, **BASELINE), other(1)], [*curve(0, 0.75), *curve(1, 0.875)], spec())
    told = "`better by 0.125 (baseline 0.75 (trial 0), not tested)`"
    assert f"| `against the baseline, validation` | {told} |" in summary_markdown(sweep)


def test_a_baseline_that_lacks_folds_of_the_best_is_no_measure() -> None:
    folded = spec_of(SPACE, baseline={"x": 1}, data=DATA, validation={"folds": 3})
    stopped = trial(0, "terminated", **BASELINE)
    found = compare(folded, stopped, other(1), t0=[0.9, 0.875], t1=[0.75, 0.75, 0.75])
    assert (found.number, found.value, found.difference) == (0, None, None)
    assert found.line == "no comparison with the baseline: it was stopped after 2 folds (trial 0)"
    # None has all folds, and the baseline has as many as the best.
    found = compare(
        folded, stopped, trial(1, "terminated", parameters={"x": 2}), t0=[0.5, 0.5], t1=[0.5, 0.75]
    )
    assert found.difference == 0.25
