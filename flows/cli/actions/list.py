"""What `sweepflow list` does: read the summaries of recorded sweeps, and show a line for each."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from sweepflow.archive.listing import SweepSummary, summaries
from sweepflow.base.settings import ledger_url
from sweepflow.errors import Problem, SpecError
from sweepflow.flows.cli.actions.show import process_is_alive, short_time, state_text
from sweepflow.flows.cli.screen.text import text
from sweepflow.flows.engine.progress_text import short
from sweepflow.ledger.ledger import Ledger
from sweepflow.trials.state import SweepState


class ListedSweep(NamedTuple):
    """A sweep's summary, and whether a process runs it; None if the sweep has ended."""

    summary: SweepSummary
    is_alive: bool | None

    def as_json(self) -> dict[str, Any]:
        """Its fields for JSON."""
        return {**self.summary.model_dump(mode="json"), "is_alive": self.is_alive}


def list_sweeps(states: Sequence[SweepState], tags: list[str], limit: int) -> list[ListedSweep]:
    """The latest sweeps in these states with these tags; SpecError if a tag or the limit is invalid."""
    pairs = dict(map(_tag, tags))
    if limit < 1:
        raise SpecError([Problem("--limit", f"must be >= 1, got {limit}")])
    with closing(Ledger(ledger_url())) as ledger:
        latest = summaries(ledger, tuple(states), pairs, limit)
    return [ListedSweep(summary, process_is_alive(summary.sweep_id, summary.state)) for summary in latest]


def show_sweeps(console: Console, sweeps: list[ListedSweep]) -> None:
    """Print a line for each sweep."""
    if not sweeps:
        console.print("There is no such sweep: sweepflow run SPEC.yml makes one.")
        return
    table = Table(box=None, pad_edge=False, show_edge=False)
    for heading in ("id", "name", "state", "metric", "best", "trials", "started"):
        may_wrap = heading in ("name", "metric")
        table.add_column(heading, no_wrap=not may_wrap, overflow="fold")
    width = _id_width([summary.sweep_id for summary, _ in sweeps])
    for summary, is_alive in sweeps:
        best = short(summary.best and summary.best.value)
        state = state_text(summary.state, is_alive)
        cells = (summary.sweep_id[:width], summary.name or "-", state, summary.primary_metric, best)
        table.add_row(*map(text, (*cells, summary.trials.total, short_time(summary.started))))
    console.print(table)
    if any(is_alive is False for _, is_alive in sweeps):
        console.print("stalled: no process runs it any more; sweepflow resume ID goes on", soft_wrap=True)


def _id_width(sweep_ids: list[str]) -> int:
    """How many characters distinguish these IDs; at least eight."""
    longest = max(map(len, sweep_ids))
    return next(
        (n for n in range(8, longest) if len({sweep_id[:n] for sweep_id in sweep_ids}) == len(sweep_ids)),
        longest,
    )


def _tag(pair: str) -> tuple[str, str]:
    key, equals, value = pair.partition("=")
    if not equals or not key:
        raise SpecError([Problem("--tag", f"must be KEY=VALUE, got '{pair}'")])
    return key, value
