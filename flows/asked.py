"""Who calls a flow: from where its parameters come, and with which sweep it is to go on."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from prefect.context import FlowRunContext

from flows.interrupts import has_runner
from sweepflow.trial import TrialState


class Asked(NamedTuple):
    """A sweep, and the states whose trials alone are to run again; None: all that is left to do."""

    sweep_id: str
    only: frozenset[TrialState] | None = None


_asked: ContextVar[Asked | None] = ContextVar("asked", default=None)


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


def is_deployed() -> bool:
    """Whether the parameters may come from a web form: in a deployment's process, subflows included."""
    context = FlowRunContext.get()
    flow_run = context.flow_run if context else None
    return has_runner() or (flow_run is not None and flow_run.deployment_id is not None)
