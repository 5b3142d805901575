"""What a person sees in the terminal while a sweep runs, and when it has ended."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from flows.terminal import text
from flows.watch import Watcher
from sweepflow.archive import load
from sweepflow.result import SweepResult
from sweepflow.sweep import Progress
from sweepflow.trial import NULL, RankedRow

_ROWS_SHOWN = 10
_LINE_SECONDS = 10.0


@contextmanager
def live_progress(console: Console, title: str) -> Iterator[Watcher]:
    """A watcher that shows the progress: live in a terminal, elsewhere as plain lines."""
    if not (console.file.isatty() and console.is_interactive):
        yield _Lines(console)
        return
    panel = _Panel(title)
    with Live(panel, console=console, refresh_per_second=4, transient=True):
        yield panel.watch


class _Lines:
    """A line whenever there is a new best trial, and otherwise every ten seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._best: int | None = None
        self._next = 0.0

    def __call__(self, progress: Progress) -> None:
        has_new_best = progress.best_number != self._best
        if progress.n_done and (has_new_best or time.monotonic() >= self._next):
            self._best, self._next = progress.best_number, time.monotonic() + _LINE_SECONDS
            self._console.print(text(_line(progress)), soft_wrap=True)


class _Panel:
    """The last progress, drawn anew several times a second so that the clocks go on."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._progress: Progress | None = None
        self._told = time.monotonic()

    def watch(self, progress: Progress) -> None:
        self._progress, self._told = progress, time.monotonic()

    def __rich__(self) -> RenderableType:
        age = time.monotonic() - self._told
        if self._progress is None:
            return text(f"{self._title}: starting ({_duration(age)})")
        now = later(self._progress, age)
        grid = Table.grid(padding=(0, 1))
        grid.add_row(text(self._title, "bold"), ProgressBar(now.n_total, now.n_done, width=30), counts(now))
        grid.add_row("", clock(now), text(best(now)))
        return grid


def later(progress: Progress, seconds: float) -> Progress:
    """The progress so many seconds after it was told, if nothing has happened since."""
    left = None if progress.seconds_left is None else max(0.0, progress.seconds_left - seconds)
    return progress._replace(seconds=progress.seconds + seconds, seconds_left=left)


def _line(progress: Progress) -> str:
    return f"{counts(progress)}; {clock(progress)}; {best(progress)}"


def counts(progress: Progress) -> str:
    """How many trials have ended, run, were stopped and failed."""
    parts = [
        f"{progress.n_done}/{progress.n_total} trials done",
        f"{progress.n_running} running",
        f"{progress.n_terminated} stopped early",
    ]
    return ", ".join([*parts, f"{progress.n_failed} failed"] if progress.n_failed else parts)


def clock(progress: Progress) -> str:
    """How long it has run, and about how long it still will."""
    left = progress.seconds_left
    told = (
        f", about {_duration(left)} left" if left is not None and progress.n_done < progress.n_total else ""
    )
    return f"{_duration(progress.seconds)}{told}"


def best(progress: Progress) -> str:
    """The best value by now, and its parameters."""
    if progress.best_value is None:
        return "no best trial yet"
    told = _assignments(progress.best_parameters or {})
    return f"best {progress.best_value:.6g} (trial {progress.best_number}: {told})"


def show_result(console: Console, result: SweepResult, primary_metric: str) -> None:
    """Print how a sweep went: the best trials, the test metrics, and where the files lie."""
    if result.leaderboard_path:
        # Of the record: the file has a null where nothing was drawn, too.
        show_leaderboard(console, load(result.sweep_id).rows, result, primary_metric)
    show_outcome(console, result)


def show_outcome(console: Console, result: SweepResult) -> None:
    """Print the best beside the baseline, how it was tested, what became of the trials, and the files."""
    if result.compared:
        console.print(text(result.compared), soft_wrap=True)
    for name, metric in (result.test_metrics or {}).items():
        interval = f"{metric.low:.4f} to {metric.high:.4f}"
        bold = (f"{metric.value:.4f}", "bold")
        console.print(Text.assemble(text(f"test {name}: "), bold, f" (95 % interval {interval})"))
    if told := result.trials.told:
        console.print(f"{result.trials.total} trials ({told}) in {_duration(result.wall_seconds)}")
    for line in result.why_failed:
        console.print(text(line, "yellow"), soft_wrap=True)
    if result.skipped:
        told = f"{result.skipped}; shown is sweep '{result.sweep_id}'"
        console.print(text(told, "bold"), soft_wrap=True)
    if result.notice:
        console.print(text(f"note: {result.notice}", "yellow"), soft_wrap=True)
    if result.error:
        console.print(text(f"{result.state}: {result.error}", "bold red"), soft_wrap=True)
    if result.leaderboard_path and not result.report_path:
        console.print(f"note: no report was written; sweepflow report {result.sweep_id} says why")
    for label in ("model", "leaderboard", "metrics", "report"):
        path = getattr(result, f"{label}_path")
        if path:
            console.print(text(f"{label:<12}{path}"), soft_wrap=True)


def show_idle_time(console: Console, progress: Progress, slots: int) -> None:
    """Print what waiting for other trials has cost, if it has cost anything."""
    share = progress.idle_seconds / (progress.seconds * slots) if progress.seconds else 0.0
    if progress.idle_seconds:
        console.print(
            f"slots stood idle for {progress.idle_seconds:.1f} s ({share:.0%}), to be deterministic"
        )


def show_preview(console: Console, preview: Mapping[str, Any]) -> None:
    """Print what a search space draws from: ranges, number of combinations, and the first draws."""
    table = Table(title="Nothing was run; the search space", title_justify="left")
    for heading in ("parameter", "type", "draws"):
        table.add_column(heading, overflow="fold")
    for path, found in preview["parameters"].items():
        within = f"{short(found['low'])} to {short(found['high'])}" if "low" in found else ""
        drawn = within or ", ".join(NULL if value is None else str(value) for value in found["values"])
        table.add_row(text(path), found["type"], text(drawn))
    console.print(table)
    n_all = preview["combinations"]
    allowed = ", constraints aside" if preview["is_constrained"] else ""
    console.print("combinations: " + ("without end" if n_all is None else f"{n_all:,}{allowed}"))
    console.print(f"the first {len(preview['samples'])} draws:")
    for number, parameters in enumerate(preview["samples"]):
        console.print(text(f"  {number}: {_assignments(parameters)}"), soft_wrap=True)


def show_leaderboard(
    console: Console, rows: list[RankedRow], result: SweepResult, primary_metric: str
) -> None:
    """Print the first of a sweep's rows in rank order, each with what was drawn for it."""
    shown = rows[:_ROWS_SHOWN]
    which = "Best" if result.best else "First"
    table = Table(title=f"{which} {len(shown)} of {result.trials.total} trials", title_justify="left")
    for heading in ("trial", "state", primary_metric, "interval"):
        table.add_column(text(heading), justify="left" if heading == "state" else "right", no_wrap=True)
    table.add_column("parameters")
    for row in shown:
        cells = [row.number, row.state, row.value, row.best_interval]
        table.add_row(*(text(short(cell)) for cell in cells), text(_assignments(row.parameters)))
    console.print(table)


def _assignments(parameters: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={_drawn(value)}" for name, value in parameters.items())


def _drawn(value: object) -> str:
    return NULL if value is None else short(value)


def short(value: object) -> str:
    """A value in few characters; a dash where there is none."""
    if value is None:
        return "-"
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
