"""What `sweepflow list` does: read the summaries of recorded sweeps, and show a line for each."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any, NamedTuple

from rich.console import Console

from sweepflow.archive.listing import SweepSummary, summaries
from sweepflow.base.settings import ledger_url
from sweepflow.errors import Problem, SpecError
from sweepflow.flows.cli.actions.show import process_is_alive, short_time, state_text
from sweepflow.flows.cli.screen.tables import Column, fitting_table
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
    width = _id_width([summary.sweep_id for summary, _ in sweeps])
    columns = [
        Column("id", [summary.sweep_id[:width] for summary, _ in sweeps]),
        Column("name", [summary.name or "-" for summary, _ in sweeps], may_wrap=True),
        Column("state", [state_text(summary.state, is_alive) for summary, is_alive in sweeps]),
        Column("metric", [summary.primary_metric for summary, _ in sweeps], is_optional=True),
        Column("best", [short(summary.best and summary.best.value) for summary, _ in sweeps]),
        Column(
            "test", [short(summary.test and summary.test.value) for summary, _ in sweeps], is_optional=True
        ),
        Column("trials", [str(summary.trials.total) for summary, _ in sweeps], is_optional=True),
        Column("started", [short_time(summary.started) for summary, _ in sweeps], is_optional=True),
    ]
    console.print(fitting_table(console, columns, box=None, pad_edge=False, show_edge=False))
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
