"""Which sweep the flow is asked to go on with, where its flow run does not tell."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

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
