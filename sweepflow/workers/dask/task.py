"""What Dask runs: the task of a trial, and calls on the event loop of a worker."""

import asyncio
from collections.abc import Callable

from distributed import Worker

from sweepflow.workers.dask.messages import Message
from sweepflow.workers.dask.workforce import Fault

_READY_SECONDS = 120.0
_PAUSE_SECONDS = 0.02


def task() -> Callable[[str, str, bytes], Message | None]:
    """The function of a trial's task; takes the names of station and task, and a pickled Work.

    It gives the trial's last message, or None if nobody wants to know how it ended.

    A worker that cannot train it tells the flow, for it to submit the trial again for others.

    It is made anew, so that Dask sends its code: the scheduler unpickles what it passes on, and would have to
    import this package, while it can do nothing else.
    """

    def train_trial(station: str, key: str, work: bytes) -> "Message | None":
        import time

        from distributed import Reschedule, get_worker

        worker = get_worker()
        here = worker.plugins.get(station)
        if here is None:
            fault = "cannot load Sweepflow"
        else:
            fault = here.fault and here.fault.what if here.is_ready else "is not ready yet"
        if fault:
            told = {"kind": "unfit", "trial": key, "worker": worker.address, "fault": fault}
            worker.log_event(station, told)
            time.sleep(1)  # the flow takes it away meanwhile; it must not come here again at once
            raise Reschedule
        ended: Message | None = here.train(key, work)
        return ended

    return train_trial


async def fault(station: str, dask_worker: Worker) -> Fault | None:
    """Why the trials of the sweep cannot train on this worker, once it knows; None if they can.

    TimeoutError if the station is not there in good time.
    """
    async with asyncio.timeout(_READY_SECONDS):
        while (here := dask_worker.plugins.get(station)) is None or not here.is_ready:
            await asyncio.sleep(_PAUSE_SECONDS)
    found: Fault | None = here.fault
    return found


def hear(station: str, execution: str, answer: Message, dask_worker: Worker) -> None:
    """Take an answer of the flow's."""
    if (here := dask_worker.plugins.get(station)) is not None:
        here.hear(execution, answer)


def hear_flow(station: str, dask_worker: Worker) -> None:
    """Note that the flow is there."""
    if (here := dask_worker.plugins.get(station)) is not None:
        here.hear_flow()


def write(station: str, path: str, offset: int, chunk: bytes, mode: int, dask_worker: Worker) -> None:
    """Write a part of a file of the flow's to the mirror of a station."""
    here = dask_worker.plugins[station]
    here.hear_flow()
    here.mirror.write(path, offset, chunk, mode)


def read(station: str, path: str, offset: int, size: int, dask_worker: Worker) -> bytes:
    """A part of a file in the mirror of a station."""
    content: bytes = dask_worker.plugins[station].mirror.read(path, offset, size)
    return content


async def stop(station: str, dask_worker: Worker) -> None:
    """End every trial of a station."""
    if (here := dask_worker.plugins.get(station)) is not None:
        await here.stop()
