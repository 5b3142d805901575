"""What the caller of a flow passes to it besides its parameters, and where the parameters come from."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import NamedTuple, TypeVar

from sweepflow.flows.engine.interrupts import has_runner
from sweepflow.running.preflight import Prepared
from sweepflow.running.progress import Progress
from sweepflow.trials.state import TrialState


class SweepRequest(NamedTuple):
    """The sweep to run, and the states whose trials run again; None: everything that is left to do."""

    sweep_id: str
    only: frozenset[TrialState] | None = None


_T = TypeVar("_T")

_request: ContextVar[SweepRequest | None] = ContextVar("request", default=None)
_prepared: ContextVar[Prepared | None] = ContextVar("prepared", default=None)


def requesting(request: SweepRequest) -> AbstractContextManager[None]:
    """Make the flow that is called in this block resume this sweep."""
    return _held(_request, request)


def requested_sweep() -> SweepRequest | None:
    """The sweep that the caller wants to resume; None if the flow starts a new one."""
    return _request.get()


def handing_over(prepared: Prepared) -> AbstractContextManager[None]:
    """Make the flow that is called in this block use this instead of checking and preparing its parameters.

    The parameters must be those of this spec, and must have been checked with the right `is_trusted`.
    """
    return _held(_prepared, prepared)


def take_prepared() -> Prepared | None:
    """What the caller has handed over to this flow, and not to the flows that it calls; None if nothing."""
    prepared = _prepared.get()
    _prepared.set(None)
    return prepared


def is_deployed() -> bool:
    """Whether the parameters may come from a web form: in a deployment's process, subflows included."""
    from prefect.context import FlowRunContext  # the command line checks a spec before it imports Prefect

    context = FlowRunContext.get()
    flow_run = context.flow_run if context else None
    return has_runner() or (flow_run is not None and flow_run.deployment_id is not None)


ProgressCallback = Callable[[Progress], None]

_callback: ContextVar[ProgressCallback | None] = ContextVar("progress_callback", default=None)


def reporting_progress_to(callback: ProgressCallback) -> AbstractContextManager[None]:
    """Call back with the progress of every sweep that runs in this block."""
    return _held(_callback, callback)


def report_progress(progress: Progress) -> None:
    """Pass the progress to the callback, if there is one."""
    callback = _callback.get()
    if callback is not None:
        callback(progress)


@contextmanager
def _held(variable: ContextVar[_T], value: _T) -> Iterator[None]:
    """Give the variable this value in the block."""
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)
