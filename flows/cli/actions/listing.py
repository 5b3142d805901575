"""What `sweepflow list` and `sweepflow show` do: read recorded sweeps, and show them."""

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from sweepflow.archive.folder import SweepFolder
from sweepflow.archive.listing import SweepSummary, summaries
from sweepflow.archive.sweep import Sweep, read_sweep
from sweepflow.base.settings import home, ledger_url
from sweepflow.errors import Problem, SpecError
from sweepflow.fields.yaml import to_yaml
from sweepflow.flows.cli.screen.display import show_leaderboard, show_outcome
from sweepflow.flows.cli.screen.text import text
from sweepflow.flows.engine.progress_text import short
from sweepflow.ledger.ledger import Ledger
from sweepflow.ledger.lookup import find_sweep
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
    return [ListedSweep(summary, _is_alive(summary.sweep_id, summary.state)) for summary in latest]


def show_sweeps(console: Console, sweeps: list[ListedSweep]) -> None:
    """Print a line for each sweep."""
    if not sweeps:
        console.print("There is no such sweep: sweepflow run SPEC.yml makes one.")
        return
    table = Table(box=None, pad_edge=False, show_edge=False)
    for heading in ("id", "name", "state", "metric", "best", "trials", "started"):
        may_wrap = heading in ("name", "metric")
        table.add_column(heading, no_wrap=not may_wrap, overflow="fold")
    width = unique_width([summary.sweep_id for summary, _ in sweeps])
    for summary, is_alive in sweeps:
        best = short(summary.best and summary.best.value)
        state = _state_text(summary.state, is_alive)
        cells = (summary.sweep_id[:width], summary.name or "-", state, summary.primary_metric, best)
        table.add_row(*map(text, (*cells, summary.trials.total, _time(summary.started))))
    console.print(table)
    if any(is_alive is False for _, is_alive in sweeps):
        console.print("stalled: no process runs it any more; sweepflow resume ID goes on", soft_wrap=True)


def unique_width(sweep_ids: list[str]) -> int:
    """How many characters distinguish these IDs; at least eight."""
    longest = max(map(len, sweep_ids))
    return next(
        (n for n in range(8, longest) if len({sweep_id[:n] for sweep_id in sweep_ids}) == len(sweep_ids)),
        longest,
    )


class ShownSweep(NamedTuple):
    """A recorded sweep, and whether a process runs it; None if the sweep has ended."""

    sweep: Sweep
    is_alive: bool | None


def read_shown(sweep_id: str) -> ShownSweep:
    """The sweep with that ID, beginning of an ID, or `latest`; SpecError if there is none."""
    with closing(Ledger(ledger_url())) as ledger:
        row = find_sweep(ledger, sweep_id)
        sweep = read_sweep(ledger, row.id, SweepFolder(home(), row.id).path)
        return ShownSweep(sweep, _is_alive(sweep.id, sweep.state))


def shown_fields(shown: ShownSweep, *, with_spec: bool) -> dict[str, Any]:
    """The sweep as JSON: what `run --json` prints, and what was requested of it."""
    sweep = shown.sweep
    fields = {
        **sweep.result.as_json(),
        "name": sweep.spec.display_name or sweep.spec.name,
        "primary_metric": sweep.spec.objective.primary_metric,
        "goal": sweep.spec.objective.goal,
        "tags": sweep.spec.tags,
        "started": sweep.started.isoformat(),
        "ended": sweep.ended and sweep.ended.isoformat(),
        "is_alive": shown.is_alive,
    }
    return {**fields, "spec": sweep.spec.model_dump(mode="json")} if with_spec else fields


def show_spec(console: Console, shown: ShownSweep) -> None:
    """Print the spec as YAML that `sweepflow run` accepts."""
    for line in to_yaml(shown.sweep.spec.model_dump(mode="json")).splitlines():
        console.print(text(line), soft_wrap=True)


def show_sweep(console: Console, shown: ShownSweep) -> None:
    """Print the sweep's state and results, as at the end of `sweepflow run`."""
    sweep, result = shown.sweep, shown.sweep.result
    console.print(text(f"{sweep.title}: {_state_text(sweep.state, shown.is_alive)}", "bold"), soft_wrap=True)
    console.print(
        text(f"sweep {sweep.id}, {sweep.spec.trial.label}, started {_time(sweep.started)} UTC"),
        soft_wrap=True,
    )
    if sweep.rows:
        show_leaderboard(console, sweep.rows, result, sweep.spec.objective.primary_metric)
    n_running = sum(not row.state.is_final for row in sweep.rows)
    if n_running and shown.is_alive:
        console.print(f"trials that have not ended: {n_running}")
    show_outcome(console, result)
    if shown.is_alive is False or sweep.state == SweepState.CANCELED:
        console.print(text(f"to go on: sweepflow resume {sweep.id}"), soft_wrap=True)


def _is_alive(sweep_id: str, state: SweepState) -> bool | None:
    return SweepFolder(home(), sweep_id).is_locked if state == SweepState.RUNNING else None


def _state_text(state: SweepState, is_alive: bool | None) -> str:
    return "stalled" if is_alive is False else str(state)


def _time(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M}"


def _tag(pair: str) -> tuple[str, str]:
    key, equals, value = pair.partition("=")
    if not equals or not key:
        raise SpecError([Problem("--tag", f"must be KEY=VALUE, got '{pair}'")])
    return key, value
