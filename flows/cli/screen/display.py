"""What a person sees in the terminal while a sweep runs, and when it has ended."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from sweepflow.archive.cost_words import cost_words
from sweepflow.archive.sweep import load
from sweepflow.base.printable import duration
from sweepflow.flows.cli.screen.tables import Column, fits, fitting_table, plain_table
from sweepflow.flows.cli.screen.text import text
from sweepflow.flows.engine.call_context import ProgressCallback
from sweepflow.flows.engine.last_progress import LastProgress
from sweepflow.flows.engine.progress_text import assignments, best, counts, short, times, value_text
from sweepflow.result import SweepResult
from sweepflow.running.progress import Progress
from sweepflow.trials.parameters import text_of
from sweepflow.trials.rows import RankedRow
from sweepflow.trials.state import NULL

_ROWS_SHOWN = 10
_LINE_SECONDS = 10.0


@contextmanager
def live_progress(console: Console, title: str) -> Iterator[ProgressCallback]:
    """A callback that shows the progress: live in a terminal, elsewhere as plain lines."""
    if not (console.file.isatty() and console.is_interactive):
        yield _Lines(console)
        return
    last = LastProgress()
    with Live(_Panel(title, last), console=console, refresh_per_second=4, transient=True):
        yield last.update


class _Lines:
    """Prints a line whenever there is a new best trial or a worker is missing, else every ten seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._best: int | None = None
        self._next_line_at = 0.0
        self._waits_for: str | None = None

    def __call__(self, progress: Progress) -> None:
        if progress.waits_for != self._waits_for:
            self._waits_for = progress.waits_for
            self._console.print(text(f"note: {self._waits_for or 'there is a worker again'}"), soft_wrap=True)
        has_new_best = progress.best_number != self._best
        if progress.n_done and (has_new_best or time.monotonic() >= self._next_line_at):
            self._best, self._next_line_at = progress.best_number, time.monotonic() + _LINE_SECONDS
            self._console.print(text(_line(progress)), soft_wrap=True)


@dataclass(frozen=True)
class _Panel:
    """The last progress, drawn again several times a second so that its clocks keep running."""

    title: str
    last: LastProgress

    def __rich__(self) -> RenderableType:
        now = self.last.now()
        if now is None:
            return text(f"{self.title}: starting ({duration(self.last.age)})")
        grid = Table.grid(padding=(0, 1))
        grid.add_row(text(self.title, "bold"), ProgressBar(now.n_total, now.n_done, width=30), counts(now))
        grid.add_row("", times(now), text(best(now)))
        if now.waits_for is None:
            return grid
        return Group(grid, text(now.waits_for, "yellow"))


def _line(progress: Progress) -> str:
    return f"{counts(progress)}; {times(progress)}; {best(progress)}"


def show_result(console: Console, result: SweepResult, primary_metric: str) -> None:
    """Print the result of a sweep: the best trials, the test metrics, and where the files are."""
    if result.leaderboard_path:
        # From the ledger: the file also has a null where a parameter was not drawn.
        show_leaderboard(console, load(result.sweep_id).rows, result, primary_metric)
    show_outcome(console, result)


def show_outcome(console: Console, result: SweepResult) -> None:
    """Print the comparison with the baseline, the test, the verdict, the costs, the counts and the files."""
    says_verdict_why_not = result.verdict and result.baseline and result.baseline.value is None
    if result.compared and not says_verdict_why_not:
        console.print(text(result.compared), soft_wrap=True)
    for name, metric in (result.test_metrics or {}).items():
        interval = f"{metric.low:.4f} to {metric.high:.4f}"
        bold = (f"{metric.value:.4f}", "bold")
        tested = Text.assemble(text(f"test {name}: "), bold, f" (95 % interval {interval})")
        console.print(tested, soft_wrap=True)
    if result.verdict:
        console.print(text(result.verdict.text, "bold"), soft_wrap=True)
    if result.best and (costs := cost_words(result.best.metrics)):
        console.print(text(f"trial {result.best.number}: {costs}"), soft_wrap=True)
    if result.why_not_first:
        console.print(text(result.why_not_first), soft_wrap=True)
    if trial_counts := result.trials.words:
        console.print(f"{result.trials.total} trials ({trial_counts}) in {duration(result.wall_seconds)}")
    for line in result.why_failed:
        console.print(text(line, "yellow"), soft_wrap=True)
    if result.skipped:
        message = f"{result.skipped}; shown is sweep '{result.sweep_id}'"
        console.print(text(message, "bold"), soft_wrap=True)
    if result.notice:
        console.print(text(f"note: {result.notice}", "yellow"), soft_wrap=True)
    if result.error:
        console.print(text(f"{result.state}: {result.error}", "bold red"), soft_wrap=True)
    if result.leaderboard_path and not result.report_path:
        console.print(f"note: no report was written; sweepflow report {result.sweep_id} says why")
    for label in ("model", "outputs", "leaderboard", "metrics", "report"):
        path = getattr(result, f"{label}_path")
        if path:
            console.print(text(f"{label:<12}{path}"), soft_wrap=True)


def show_idle_time(console: Console, progress: Progress, slots: int) -> None:
    """Print how long slots were idle while they waited for other trials, if they were."""
    share = progress.idle_seconds / (progress.seconds * slots) if progress.seconds else 0.0
    if progress.idle_seconds:
        console.print(
            f"slots stood idle for {progress.idle_seconds:.1f} s ({share:.0%}), to be deterministic"
        )


def show_preview(console: Console, preview: Mapping[str, Any]) -> None:
    """Print a search space: the range of each parameter, the number of combinations and the first draws."""
    table = Table(title="Nothing was run; the search space", title_justify="left")
    for heading in ("parameter", "type", "draws"):
        table.add_column(heading, overflow="fold")
    for path, parameter in preview["parameters"].items():
        if "low" in parameter:
            draws = f"{short(parameter['low'])} to {short(parameter['high'])}"
        else:
            draws = ", ".join(NULL if value is None else text_of(value) for value in parameter["values"])
        table.add_row(text(path), parameter["type"], text(draws))
    console.print(table)
    n_combinations = preview["combinations"]
    suffix = ", constraints aside" if preview["is_constrained"] else ""
    console.print(
        "combinations: " + ("without end" if n_combinations is None else f"{n_combinations:,}{suffix}")
    )
    console.print(f"the first {len(preview['samples'])} draws:")
    for number, parameters in enumerate(preview["samples"]):
        console.print(text(f"  {number}: {assignments(parameters)}"), soft_wrap=True)
    if command := preview.get("command"):
        console.print("the first command:")
        for line in command.splitlines():
            console.print(text(f"  {line}"), soft_wrap=True)


def show_leaderboard(
    console: Console, rows: list[RankedRow], result: SweepResult, primary_metric: str
) -> None:
    """Print the first rows in rank order, each with its parameters: in columns of their own if they fit."""
    shown = rows[:_ROWS_SHOWN]
    rank = "Best" if result.best else "First"
    options = {"title": f"{rank} {len(shown)} of {result.trials.total} trials", "title_justify": "left"}
    facts = [
        Column("trial", [str(row.number) for row in shown], "right"),
        Column("state", [row.shown_state for row in shown], is_optional=True),
        Column(primary_metric, [short(row.value) for row in shown], "right"),
        Column("interval", [short(row.best_interval) for row in shown], "right", is_optional=True),
    ]
    names = dict.fromkeys(name for row in shown for name in row.parameters)
    wide = plain_table([*facts, *(_of_parameter(name, shown) for name in names)], **options)
    lines = Column("parameters", [assignments(row.parameters) for row in shown], may_wrap=True)
    console.print(wide if fits(console, wide) else fitting_table(console, [*facts, lines], **options))
    if refused := [row for row in rows if row.unmet]:
        count = "1 trial is" if len(refused) == 1 else f"{len(refused)} trials are"
        example = f"trial {refused[0].number}: {refused[0].unmet}"
        console.print(text(f"{count} not ranked, for what the spec requires; {example}"), soft_wrap=True)


def _of_parameter(name: str, rows: list[RankedRow]) -> Column:
    """The values of one parameter; empty where it was not drawn."""
    values = [row.parameters.get(name, "") for row in rows]
    are_numbers = all(isinstance(value, int | float) or value in ("", None) for value in values)
    return Column(name, list(map(value_text, values)), "right" if are_numbers else "left")
