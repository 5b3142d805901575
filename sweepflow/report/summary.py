"""What the page says in words: the result on top, and what each chart can honestly tell."""

from typing import NamedTuple

from sweepflow.archive import Sweep
from sweepflow.comparison import compared
from sweepflow.importance import Importances
from sweepflow.metric_rows import ShownMetric, metric_rows, number
from sweepflow.plot.text import shown
from sweepflow.plot.timeline import Span, slots_of, spans_of
from sweepflow.savings import Savings, savings

_LITTLE = 0.2
"""A forest that explains less than this share knows little of the parameters."""


class Card(NamedTuple):
    """One figure on top of the page."""

    label: str
    value: str
    note: str


class Summary(NamedTuple):
    """The texts of the page."""

    metric: str
    told: str
    cards: list[Card]
    parameters: list[tuple[str, str]]
    metrics: list[ShownMetric]
    tested: str
    without_value: str
    importance: str
    busy: str
    saved: str


def summary(sweep: Sweep, found: Importances | None) -> Summary:
    """The texts for this sweep."""
    saving = savings(sweep)
    return Summary(
        metric=sweep.spec.objective.primary_metric,
        told=_told(sweep),
        cards=_cards(sweep, saving),
        parameters=[(name, shown(value)) for name, value in sweep.best.parameters.items()]
        if sweep.best
        else [],
        metrics=metric_rows(sweep.spec.objective.primary_metric, sweep.best, sweep.selected)
        if sweep.best
        else [],
        tested=_tested(sweep),
        without_value=_without_value(sweep),
        importance=_importance(found),
        busy=_busy(sweep),
        saved=_saved(sweep, saving),
    )


def duration(seconds: float) -> str:
    """The time in the units that suit it."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def percent(share: float) -> str:
    """The share in whole percent."""
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"


def _told(sweep: Sweep) -> str:
    objective = sweep.spec.objective
    began = f"{sweep.started:%Y-%m-%d %H:%M} UTC"
    return f"{objective.goal} {objective.primary_metric} · began {began} · sweep {sweep.id}"


def _cards(sweep: Sweep, saving: Savings | None) -> list[Card]:
    metric = sweep.spec.objective.primary_metric
    best = sweep.best
    cards = [
        Card(f"best {metric}, validation", number(best.value), f"trial {best.number}")
        if best
        else Card(f"best {metric}, validation", "-", "no trial has ended with a value"),
        _test_card(sweep, metric),
        *_baseline_cards(sweep),
        Card("trials", str(sweep.counts.total), _counts(sweep)),
        Card("took", duration(sweep.seconds), _slots_told(sweep)),
    ]
    if saving and saving.intervals_saved:
        told = f"of the stopped trials' intervals, about {duration(saving.seconds_saved)} of training"
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
    found = compared(sweep.spec, sweep.rows)
    if found is None:
        return []
    label = "against the baseline, validation"
    if found.value is None:
        return [Card(label, "-", found.verdict)]
    untested = ", not tested" if sweep.spec.data else ""
    return [Card(label, found.verdict, f"{found.beside}{untested}")]


def _counts(sweep: Sweep) -> str:
    counts = sweep.counts
    n_open = counts.total - sum(counts.model_dump(exclude={"total"}).values())
    return ", ".join(filter(None, [counts.told, f"{n_open} not ended" if n_open else ""]))


def _tested(sweep: Sweep) -> str:
    selected = sweep.selected
    notice = f" Note: {selected.notice}." if selected.notice else ""
    if not selected.test_metrics:
        return f"No test of the selected model is on record.{notice}"
    return f"The selected model was tested once, on rows that no trial saw.{notice}"


def _without_value(sweep: Sweep) -> str:
    n = sum(not row.has_value for row in sweep.rows)
    return f" {n} failed or without a value {'is' if n == 1 else 'are'} left out." if n else ""


def _importance(found: Importances | None) -> str:
    if found is None:
        return ""
    told = (
        "Permutation importance of a random forest (scikit-learn, 100 trees) that predicts a trial's rank "
        f"from its parameters, fitted on {found.n_trials} trials: how much worse it gets when one parameter "
        "is shuffled, as a share of all. "
        f"It explains {percent(max(0.0, found.explained))} of the differences "
        "between trials that it was not fitted on"
    )
    return f"{told}, so the shares mean little." if found.explained < _LITTLE else f"{told}."


def _busy(sweep: Sweep) -> str:
    spans = spans_of(sweep)
    if not spans:
        return ""
    n_slots, seconds = _n_slots(sweep, spans), min(_seconds(spans), sweep.seconds)
    share = min(1.0, _busy_seconds(spans) / max(n_slots * seconds, 1e-9))
    return (
        f"From the start of the first trial to the end of the last, {n_slots} slots were busy for "
        f"{percent(share)} of the time. The record does not tell a trial's slot: each is drawn on the first "
        "one that was free."
    )


def _slots_told(sweep: Sweep) -> str:
    spans = spans_of(sweep)
    return f"on {_n_slots(sweep, spans)} slots" if spans else ""


def _n_slots(sweep: Sweep, spans: list[Span]) -> int:
    seen = max(slots_of(spans)) + 1
    return max(seen, sweep.spec.limits.max_concurrent_trials or seen)


def _seconds(spans: list[Span]) -> float:
    return (max(span.ended for span in spans) - spans[0].started).total_seconds()


def _busy_seconds(spans: list[Span]) -> float:
    return sum((span.ended - span.started).total_seconds() for span in spans)


def _saved(sweep: Sweep, found: Savings | None) -> str:
    if sweep.spec.early_termination is None:
        return "The sweep had no early termination policy."
    if found is None:
        return f"The policy was {sweep.spec.early_termination.type}."
    n, total = len(found.stopped), found.intervals_trained + found.intervals_saved
    return (
        f"{sweep.spec.early_termination.type} stopped {n} {'trial' if n == 1 else 'trials'}, which trained "
        f"{found.intervals_trained:,} intervals. Had each gone on for as long as the longest completed trial "
        f"({found.longest} intervals), they would have trained {total:,}: at most "
        f"{found.intervals_saved:,} intervals ({percent(found.share)}) were saved, and about "
        f"{duration(found.seconds_saved)} of training at each trial's own pace."
    )
