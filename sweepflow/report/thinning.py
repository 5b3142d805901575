"""Which trials of a very large sweep the page draws one by one: as many as a person can tell apart."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sweepflow.archive.sweep import Sweep
from sweepflow.trials.objective import Objective
from sweepflow.trials.reports import Reports
from sweepflow.trials.rows import RankedRow

_MOST_DRAWN = 2_000


def thinned(sweep: Sweep) -> Sweep:
    """The sweep with the trials to draw: all of up to 2,000, else the better half of those and evenly others.

    Each that was the best of its time is among them, so that the best so far is the same.
    """
    if len(sweep.rows) <= _MOST_DRAWN:
        return sweep
    n_best = _MOST_DRAWN // 2
    others = sweep.rows[n_best:]
    spread = [others[k * len(others) // n_best] for k in range(n_best)]
    kept = {
        row.number
        for row in (*sweep.rows[:n_best], *spread, *_leaders(sweep.rows, sweep.spec.trial_objective))
    }
    return replace(
        sweep,
        rows=[row for row in sweep.rows if row.number in kept],
        reports=Reports(report for report in sweep.reports if report.number in kept),
    )


def thinning_note(sweep: Sweep, drawn: Sweep) -> str:
    """Which of the sweep's trials are drawn; empty if all are."""
    if len(drawn.rows) == len(sweep.rows):
        return ""
    counts = f"Of {len(sweep.rows):,} trials {len(drawn.rows):,} are drawn"
    return (
        f"{counts}: the best {_MOST_DRAWN // 2:,}, and as many of the others, evenly by rank. The table "
        "below has them all."
    )


def _leaders(rows: Iterable[RankedRow], objective: Objective) -> Iterator[RankedRow]:
    """The trials that were the best when they were proposed, by their numbers."""
    best: RankedRow | None = None
    for row in sorted(rows, key=lambda row: row.number):
        if row.ranked_value is None:
            continue
        if best is None or _rank(row, objective) < _rank(best, objective):
            best = row
            yield row


def _rank(row: RankedRow, objective: Objective) -> tuple[int, float]:
    return objective.rank(row.value or 0.0, row.intervals, row.state)
