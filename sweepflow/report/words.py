"""The texts at the top of the report page: the result in words and figures."""

from typing import NamedTuple

from sweepflow.analysis.savings import savings
from sweepflow.archive.comparison import compare_with_baseline
from sweepflow.archive.cost_words import cost_words
from sweepflow.archive.metric_rows import ShownMetric, metric_rows, number
from sweepflow.archive.sweep import Sweep
from sweepflow.base.printable import duration
from sweepflow.plot.charts.timeline import n_slots, spans_of
from sweepflow.plot.text import percent, shown


class Card(NamedTuple):
    """One figure at the top of the page."""

    label: str
    value: str
    note: str


class Summary(NamedTuple):
    """The texts at the top of the page."""

    headline: str
    cards: list[Card]
    parameters: list[tuple[str, str]]
    metrics: list[ShownMetric]
    test_note: str
    cost_note: str
    """What the best trial's model costs; empty if that is not on record."""


def summary(sweep: Sweep) -> Summary:
    """The texts for this sweep."""
    return Summary(
        headline=_headline(sweep),
        cards=_cards(sweep),
        parameters=[(name, shown(value)) for name, value in sweep.best.parameters.items()]
        if sweep.best
        else [],
        metrics=metric_rows(sweep.spec.objective.primary_metric, sweep.best, sweep.selected)
        if sweep.best
        else [],
        test_note=_test_note(sweep),
        cost_note=_cost_note(sweep),
    )


def _headline(sweep: Sweep) -> str:
    objective = sweep.spec.objective
    began = f"{sweep.started:%Y-%m-%d %H:%M} UTC"
    return f"{objective.goal} {objective.primary_metric} · began {began} · sweep {sweep.id}"


def _cards(sweep: Sweep) -> list[Card]:
    metric = sweep.spec.objective.primary_metric
    best = sweep.best
    cards = [
        Card(f"best {metric}, validation", number(best.value), f"trial {best.number}")
        if best
        else Card(f"best {metric}, validation", "-", "no trial has ended with a value"),
        _test_card(sweep, metric),
        *_baseline_cards(sweep),
        *_verdict_cards(sweep),
        Card("trials", str(sweep.counts.total), _counts(sweep)),
        Card("took", duration(sweep.seconds, has_tenths=True), _slots_note(sweep)),
    ]
    saving = savings(sweep)
    if saving and saving.intervals_saved:
        seconds = duration(saving.seconds_saved, has_tenths=True)
        note = f"of the stopped trials' intervals, about {seconds} of training"
        cards.append(Card("saved by early termination", f"up to {percent(saving.share)}", note))
    return cards


def _test_card(sweep: Sweep, metric: str) -> Card:
    test_metrics = sweep.selected.test_metrics or {}
    if metric not in test_metrics:
        return Card(f"{metric}, test", "-", "no test is on record")
    test = test_metrics[metric]
    return Card(
        f"{metric}, test", number(test.value), f"95 % interval {number(test.low)} to {number(test.high)}"
    )


def _baseline_cards(sweep: Sweep) -> list[Card]:
    """How much better the best trial is than the baseline; no card if the spec names none."""
    comparison = compare_with_baseline(sweep.spec, sweep.rows)
    if comparison is None:
        return []
    label = "against the baseline, validation"
    if comparison.value is None:
        return [Card(label, "-", comparison.verdict)]
    verdict = sweep.selected.verdict
    untested = ", not tested" if sweep.spec.data and verdict is None else ""
    return [Card(label, comparison.verdict, f"{comparison.baseline_words}{untested}")]


def _verdict_cards(sweep: Sweep) -> list[Card]:
    """The verdict of the test rows; no card if there is none."""
    verdict = sweep.selected.verdict
    if verdict is None:
        return []
    value = "-" if verdict.difference is None else f"{verdict.difference:+.3g}"
    return [Card("against the baseline, test", value, verdict.text)]


def _counts(sweep: Sweep) -> str:
    counts = sweep.counts
    n_open = counts.total - sum(counts.model_dump(exclude={"total"}).values())
    return ", ".join(filter(None, [counts.words, f"{n_open} not ended" if n_open else ""]))


def _test_note(sweep: Sweep) -> str:
    selected = sweep.selected
    notice = f" Note: {selected.notice}." if selected.notice else ""
    if why := selected.why_not_first:
        notice = f" {why[0].upper()}{why[1:]}.{notice}"
    if selected.model_path is None and (path := sweep.result.outputs_path):
        return f"The best trial left no model to test; what it wrote is in {path}.{notice}"
    if not selected.test_metrics:
        return f"No test of the selected model is on record.{notice}"
    return f"The selected model was tested once, on rows that no trial saw.{notice}"


def _cost_note(sweep: Sweep) -> str:
    costs = cost_words(sweep.best.metrics) if sweep.best else ""
    return f"Its model: {costs}." if costs else ""


def _slots_note(sweep: Sweep) -> str:
    spans = spans_of(sweep)
    return f"on {n_slots(sweep, spans)} slots" if spans else ""
