"""What Dask runs: the task of a trial, and calls on the event loop of a worker."""

from collections.abc import Callable

from distributed import Worker

from sweepflow.workers.dask.messages import Message


def task() -> Callable[[str, str, bytes], None]:
    """The function of a trial's task; takes the names of station and task, and a pickled Work.

    It is made anew, so that Dask sends its code: the scheduler unpickles what it passes on, and would have to
    import this package, while it can do nothing else.
    """

    def train_trial(station: str, key: str, work: bytes) -> None:
        from distributed import get_worker

        worker = get_worker()
        if station not in worker.plugins:
            raise RuntimeError(f"the worker {worker.address} cannot load Sweepflow")
        worker.plugins[station].train(key, work)

    return train_trial


def fault(station: str, dask_worker: Worker) -> str | None:
    """What this worker has that the flow has not; None if nothing is different."""
    found: str | None = dask_worker.plugins[station].fault
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
    dask_worker.plugins[station].mirror.write(path, offset, chunk, mode)


def read(station: str, path: str, offset: int, size: int, dask_worker: Worker) -> bytes:
    """A part of a file in the mirror of a station."""
    content: bytes = dask_worker.plugins[station].mirror.read(path, offset, size)
    return content


async def stop(station: str, dask_worker: Worker) -> None:
    """End every trial of a station."""
    if (here := dask_worker.plugins.get(station)) is not None:
        await here.stop()
