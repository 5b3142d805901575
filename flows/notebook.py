"""A sweep in a notebook: `tune` with live progress below the cell.

Import this before Prefect: it turns off the log line for every trial, which would bury the progress. The
server records them all.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from html import escape
from pathlib import Path
from typing import Any

from IPython.display import DisplayHandle

from sweepflow.base.printable import printable
from sweepflow.base.settings import cores
from sweepflow.flows.engine.call_context import ProgressCallback, reporting_progress_to
from sweepflow.flows.engine.last_progress import LastProgress
from sweepflow.flows.engine.progress_text import best, counts, times
from sweepflow.python_objects import plain_fields
from sweepflow.result import SweepResult
from sweepflow.running.preflight import checked_job
from sweepflow.sweep_job import translate

_REFRESH_SECONDS = 0.5

os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")


def tune(*data: Any, **fields: Any) -> SweepResult:
    """Run a sweep with these fields of a spec and show its progress below the cell; gives its result.

    It takes what the flow `tune` takes, a DataFrame as its first argument too. Raises what that raises;
    SpecError before Prefect is started.
    """
    _, plain = plain_fields(data, fields)
    job = translate(plain, Path.cwd())
    prepared = checked_job(job, cores(), is_trusted=True)
    from sweepflow.flows.engine.call_context import handing_over
    from sweepflow.flows.tune import tune as flow

    for notice in [*prepared.job_notices, *prepared.spec.notices(prepared.cores)]:
        print(f"note: {printable(notice)}")
    title = prepared.spec.display_name or "sweep"
    with live_progress(title) as show, reporting_progress_to(show), handing_over(prepared):
        result: SweepResult = flow(**job.fields)
    if result.verdict:
        print(printable(result.verdict.text))
    if result.why_not_first:
        print(printable(result.why_not_first))
    return result


@contextmanager
def live_progress(title: str) -> Iterator[ProgressCallback]:
    """A callback that shows the progress below the running cell; the times go on between trials."""
    cell, handle, is_over = _Cell(title), DisplayHandle(), threading.Event()
    handle.display(cell)
    # The context says to which cell the output belongs.
    context = copy_context()
    thread = threading.Thread(target=context.run, args=(_refresh, handle, cell, is_over), daemon=True)
    thread.start()
    try:
        yield cell.last.update
    except KeyboardInterrupt:
        cell.is_interrupted = True
        raise
    finally:
        is_over.set()
        thread.join()
        cell.last.end()
        handle.update(cell)


def _refresh(handle: DisplayHandle, cell: "_Cell", is_over: threading.Event) -> None:
    while not is_over.wait(_REFRESH_SECONDS):
        handle.update(cell)


class _Cell:
    """The last progress as HTML for a notebook, or as text where HTML is not shown."""

    def __init__(self, title: str) -> None:
        self.last = LastProgress()
        self.is_interrupted = False
        self._title = title

    def __repr__(self) -> str:
        return "; ".join([self._title, *self._lines()])

    def _repr_html_(self) -> str:
        now = self.last.now()
        n_done, n_total = (now.n_done, now.n_total) if now else (0, 1)
        bar = f'<progress value="{n_done}" max="{n_total}" style="width: 20em"></progress>'
        lines = "<br>".join(escape(printable(line)) for line in self._lines())
        return f"<div><strong>{escape(printable(self._title))}</strong> {bar}<br>{lines}</div>"

    def _lines(self) -> list[str]:
        now = self.last.now()
        if now is None:
            return ["nothing was run" if self.last.has_ended else "starting"]
        lines = [f"{counts(now)}; {times(now)}", best(now), *filter(None, [now.waits_for])]
        if self.is_interrupted:
            lines.append(f"interrupted; to go on: sweepflow resume {now.sweep_id}")
        return lines
