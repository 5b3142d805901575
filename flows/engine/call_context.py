"""Who calls a flow: from where its parameters come, and what the caller hands to it besides them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from prefect.context import FlowRunContext

from sweepflow.data.prepared import PreparedData
from sweepflow.flows.engine.interrupts import has_runner
from sweepflow.running.progress import Progress
from sweepflow.running.warm_start import WarmStart
from sweepflow.spec.spec import Spec
from sweepflow.trials.state import TrialState


class Asked(NamedTuple):
    """A sweep, and the states whose trials alone are to run again; None: all that is left to do."""

    sweep_id: str
    only: frozenset[TrialState] | None = None


class Prepared(NamedTuple):
    """A spec that has been checked, and what has been made ready for it; None where that is still to do."""

    spec: Spec
    data: PreparedData | None = None
    earlier: WarmStart | None = None
    """The trials of the sweeps that the spec starts from."""


_asked: ContextVar[Asked | None] = ContextVar("asked", default=None)
_prepared: ContextVar[Prepared | None] = ContextVar("prepared", default=None)


@contextmanager
def asking(asked: Asked) -> Iterator[None]:
    """Let the flow that is called in this block go on with this sweep."""
    token = _asked.set(asked)
    try:
        yield
    finally:
        _asked.reset(token)


def asked_to_resume() -> Asked | None:
    """What the caller of the flow has asked for; None where it has not."""
    return _asked.get()


@contextmanager
def handing_over(prepared: Prepared) -> Iterator[None]:
    """Let the flow that is called in this block use this instead of checking and preparing its parameters.

    They must be those of this spec, and have been checked as what they are: trusted or not.
    """
    token = _prepared.set(prepared)
    try:
        yield
    finally:
        _prepared.reset(token)


def take_prepared() -> Prepared | None:
    """What the caller hands over to this flow alone, not to others that it calls; None where it does not."""
    prepared = _prepared.get()
    _prepared.set(None)
    return prepared


def is_deployed() -> bool:
    """Whether the parameters may come from a web form: in a deployment's process, subflows included."""
    context = FlowRunContext.get()
    flow_run = context.flow_run if context else None
    return has_runner() or (flow_run is not None and flow_run.deployment_id is not None)


Watcher = Callable[[Progress], None]

_watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Tell the watcher of the progress of every sweep that runs in this block."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


def tell(progress: Progress) -> None:
    """Hand the progress to the watcher, if there is one."""
    watcher = _watcher.get()
    if watcher is not None:
        watcher(progress)
