"""What the report page says on top: the result in words and figures."""

from typing import NamedTuple

from sweepflow.analysis.savings import savings
from sweepflow.archive.comparison import compare_with_baseline
from sweepflow.archive.metric_rows import ShownMetric, metric_rows, number
from sweepflow.archive.sweep import Sweep
from sweepflow.base.printable import duration
from sweepflow.plot.text import percent, shown
from sweepflow.plot.timeline import n_slots, spans_of


class Card(NamedTuple):
    """One figure on top of the page."""

    label: str
    value: str
    note: str


class Summary(NamedTuple):
    """The texts on top of the page."""

    told: str
    cards: list[Card]
    parameters: list[tuple[str, str]]
    metrics: list[ShownMetric]
    tested: str


def summary(sweep: Sweep) -> Summary:
    """The texts for this sweep."""
    return Summary(
        told=_told(sweep),
        cards=_cards(sweep),
        parameters=[(name, shown(value)) for name, value in sweep.best.parameters.items()]
        if sweep.best
        else [],
        metrics=metric_rows(sweep.spec.objective.primary_metric, sweep.best, sweep.selected)
        if sweep.best
        else [],
        tested=_tested(sweep),
    )


def _told(sweep: Sweep) -> str:
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
        Card("trials", str(sweep.counts.total), _counts(sweep)),
        Card("took", duration(sweep.seconds, has_tenths=True), _slots_told(sweep)),
    ]
    saving = savings(sweep)
    if saving and saving.intervals_saved:
        seconds = duration(saving.seconds_saved, has_tenths=True)
        told = f"of the stopped trials' intervals, about {seconds} of training"
        cards.append(Card("saved by early termination", f"up to {percent(saving.share)}", told))
    return cards


def _test_card(sweep: Sweep, metric: str) -> Card:
    tested = sweep.selected.test_metrics or {}
    if metric not in tested:
        return Card(f"{metric}, test", "-", "no test is on record")
    test = tested[metric]
    return Card(
        f"{metric}, test", number(test.value), f"95 % interval {number(test.low)} to {number(test.high)}"
    )


def _baseline_cards(sweep: Sweep) -> list[Card]:
    """How much better than the baseline the best is; nothing if the spec names none."""
    found = compare_with_baseline(sweep.spec, sweep.rows)
    if found is None:
        return []
    label = "against the baseline, validation"
    if found.value is None:
        return [Card(label, "-", found.verdict)]
    untested = ", not tested" if sweep.spec.data else ""
    return [Card(label, found.verdict, f"{found.baseline_words}{untested}")]


def _counts(sweep: Sweep) -> str:
    counts = sweep.counts
    n_open = counts.total - sum(counts.model_dump(exclude={"total"}).values())
    return ", ".join(filter(None, [counts.words, f"{n_open} not ended" if n_open else ""]))


def _tested(sweep: Sweep) -> str:
    selected = sweep.selected
    notice = f" Note: {selected.notice}." if selected.notice else ""
    if not selected.test_metrics:
        return f"No test of the selected model is on record.{notice}"
    return f"The selected model was tested once, on rows that no trial saw.{notice}"


def _slots_told(sweep: Sweep) -> str:
    spans = spans_of(sweep)
    return f"on {n_slots(sweep, spans)} slots" if spans else ""
