"""What `sweepflow show` does: read a recorded sweep, and show it."""

from contextlib import closing
from datetime import datetime
from typing import Any, NamedTuple

from rich.console import Console

from sweepflow.archive.folder import SweepFolder
from sweepflow.archive.sweep import Sweep, read_sweep
from sweepflow.base.settings import home, ledger_url
from sweepflow.fields.yaml import to_yaml
from sweepflow.flows.cli.screen.display import show_leaderboard, show_outcome
from sweepflow.flows.cli.screen.text import text
from sweepflow.ledger.ledger import Ledger
from sweepflow.ledger.lookup import find_sweep
from sweepflow.trials.state import SweepState


class ShownSweep(NamedTuple):
    """A recorded sweep, and whether a process runs it; None if the sweep has ended."""

    sweep: Sweep
    is_alive: bool | None


def read_shown(sweep_id: str) -> ShownSweep:
    """The sweep with that ID, beginning of an ID, or `latest`; SpecError if there is none."""
    with closing(Ledger(ledger_url())) as ledger:
        row = find_sweep(ledger, sweep_id)
        sweep = read_sweep(ledger, row.id, SweepFolder(home(), row.id).path)
        return ShownSweep(sweep, process_is_alive(sweep.id, sweep.state))


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
    console.print(text(f"{sweep.title}: {state_text(sweep.state, shown.is_alive)}", "bold"), soft_wrap=True)
    console.print(
        text(f"sweep {sweep.id}, {sweep.spec.trial.label}, started {short_time(sweep.started)} UTC"),
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


def process_is_alive(sweep_id: str, state: SweepState) -> bool | None:
    """Whether a process on this machine runs the sweep; None if the sweep has ended."""
    return SweepFolder(home(), sweep_id).is_locked if state == SweepState.RUNNING else None


def state_text(state: SweepState, is_alive: bool | None) -> str:
    """The state; "stalled" for a sweep that is recorded as running although no process runs it."""
    return "stalled" if is_alive is False else str(state)


def short_time(time: datetime) -> str:
    """The time to the minute."""
    return f"{time:%Y-%m-%d %H:%M}"
