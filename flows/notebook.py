"""A sweep in a notebook: `tune` with progress that lives under the cell.

Imported before Prefect, so that a line for every trial does not bury the progress; its server keeps them all.
"""

import math
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from html import escape
from typing import Any

from IPython.display import DisplayHandle

from sweepflow.base.printable import inert
from sweepflow.base.settings import cores
from sweepflow.flows.engine.call_context import Watcher, watching
from sweepflow.flows.engine.progress_words import best, clock, counts, later
from sweepflow.result import SweepResult
from sweepflow.running.progress import Progress
from sweepflow.spec.spec import Spec

_REFRESH_SECONDS = 0.5

os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")


def tune(**fields: Any) -> SweepResult:
    """Run a sweep with these fields of a spec, its progress shown under the cell; gives its result.

    Raises what the flow `tune` raises; SpecError before Prefect is started.
    """
    spec = Spec.checked(fields, is_trusted=True)
    from sweepflow.flows.engine.call_context import Prepared, handing_over
    from sweepflow.flows.tune import tune as flow

    for notice in spec.notices(cores()):
        print(f"note: {inert(notice)}")
    title = spec.display_name or "sweep"
    with live_progress(title) as watcher, watching(watcher), handing_over(Prepared(spec)):
        result: SweepResult = flow(**fields)
        return result


@contextmanager
def live_progress(title: str) -> Iterator[Watcher]:
    """A watcher whose progress is shown below the cell that is running, the clock going on between trials."""
    panel, handle, over = _Panel(title), DisplayHandle(), threading.Event()
    handle.display(panel)
    # The cell that the output belongs to is part of the context.
    context = copy_context()
    thread = threading.Thread(target=context.run, args=(_refresh, handle, panel, over), daemon=True)
    thread.start()
    try:
        yield panel.watch
    except KeyboardInterrupt:
        panel.is_interrupted = True
        raise
    finally:
        over.set()
        thread.join()
        panel.end()
        handle.update(panel)


def _refresh(handle: DisplayHandle, panel: "_Panel", over: threading.Event) -> None:
    while not over.wait(_REFRESH_SECONDS):
        handle.update(panel)


class _Panel:
    """The last progress, as a notebook shows it, or as text where it shows none."""

    def __init__(self, title: str) -> None:
        self.is_interrupted = False
        self._title = title
        self._progress: Progress | None = None
        self._told = time.monotonic()

    def watch(self, progress: Progress) -> None:
        self._progress, self._told = progress, time.monotonic()

    def end(self) -> None:
        """Stop the clock; nothing runs any more."""
        if self._progress is not None:
            now = later(self._progress, time.monotonic() - self._told)
            self._progress = now._replace(n_running=0, seconds_left=None)
        self._told = math.inf

    def __repr__(self) -> str:
        return "; ".join([self._title, *self._lines()])

    def _repr_html_(self) -> str:
        n_done, n_total = (self._progress.n_done, self._progress.n_total) if self._progress else (0, 1)
        bar = f'<progress value="{n_done}" max="{n_total}" style="width: 20em"></progress>'
        lines = "<br>".join(escape(inert(line)) for line in self._lines())
        return f"<div><strong>{escape(inert(self._title))}</strong> {bar}<br>{lines}</div>"

    def _lines(self) -> list[str]:
        if self._progress is None:
            return ["starting" if self._told < math.inf else "nothing was run"]
        now = later(self._progress, max(0.0, time.monotonic() - self._told))
        told = [f"{counts(now)}; {clock(now)}", best(now)]
        again = f"interrupted; to go on: sweepflow resume {now.sweep_id}"
        return [*told, again] if self.is_interrupted else told
