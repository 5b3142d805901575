"""What flow and workers say to each other over one trial.

A worker's message is a mapping with `kind`, and with

- `trial`      the key of its task,
- `execution`  drawn anew whenever the task begins: Dask may run it twice,
- `number`     counted from 1 in this execution; a message that is sent again has the same number,
- `worker`     the address to answer to.

The kinds are

- `begin` with `mirror`, the name of what the worker keeps of the flow's files, another one when it has
  removed them; None if it sees the sweep's folder. Answered by `time_left`, and by `roots`, the files and
  folders that were sent to the mirror;
- `report` with `metrics`; answered by `stop`;
- `trained` with `metrics`; answered by `keep`;
- `ended` with `end`, the fields of a TrialEnd, and `files`, what the trial has left, by path and size, on a
  worker that does not see the sweep's folder; answered when they have been fetched, and not at all if there
  are none: then the message comes again as the result of the task.

An answer with `is_over` ends the trial instead: the flow does not want it any more.

One kind is not answered, and has `trial`, `worker` and `fault` alone: `unfit`, why no trial can train there.
"""

from typing import Any

Message = dict[str, Any]

OVER: Message = {"is_over": True}


def topic(pool: str) -> str:
    """The topic of Dask's events that the messages to a pool's flow have."""
    return f"sweepflow-{pool}"
