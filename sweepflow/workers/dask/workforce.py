"""Which workers of a cluster can train the trials of a sweep, by the resources that they name."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

RESOURCE = "sweepflow"
"""The resource of a worker that says how many trials it trains at once; without it, one for each thread."""
GPU = "GPU"
"""The resource of a worker that says how many GPUs it has for trials; the name that Dask's users give it."""

Workers = Mapping[str, Mapping[str, Any]]
"""What the scheduler tells of each worker, by address."""
Resources = dict[str, float]

INSTALL = "install there what is installed here"
"""What helps where versions differ."""

_PATIENCE_SECONDS = 10.0
"""How long workers may take to start before somebody hears of it."""


class Fault(NamedTuple):
    """Why trials cannot train on a worker, as in `has no Sweepflow`, and what helps."""

    what: str
    remedy: str


class Presence:
    """Whether a cluster, which is called so for people, has workers that a sweep's trials can go to."""

    def __init__(
        self, called: str, resources: Resources, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._called, self._resources, self._clock = called, resources, clock
        self._missing: tuple[float, str] | None = None
        self._workers: Workers = {}
        self._unfit: dict[str, str] = {}
        self.is_divided = False
        """Whether there was ever a worker that cannot train, so that trials were kept to others."""

    def see(self, workers: Workers) -> None:
        """Note which workers there are now."""
        self._workers = workers
        could = able(workers, self._resources)
        if any(address not in self._unfit for address in could):
            self._missing = None
            return
        unfit = [(address, self._unfit[address]) for address in could]
        since = self._clock() if self._missing is None else self._missing[0]
        told = f"{different_workers(unfit, len(workers))}: trials wait for another" if unfit else None
        self._missing = since, told or _nobody(len(workers), self._resources, self._called)

    def see_unfit(self, address: str, fault: str) -> bool:
        """Note why a worker cannot train; gives whether that is new."""
        is_new = address not in self._unfit
        self._unfit[address] = fault
        self.is_divided = True
        self.see(self._workers)
        return is_new

    def forget(self, address: str) -> None:
        """Know nothing more of a worker that has left: it may come back as it should be."""
        self._unfit.pop(address, None)

    def fit(self) -> list[str] | None:
        """The workers that trials have to be kept to; None if they may go to any."""
        if not self._unfit:
            return None
        could = able(self._workers, self._resources)
        return [address for address in could if address not in self._unfit] or None

    def waits_for(self) -> str | None:
        """What trials wait for, in a sentence; None if there is a worker, or was one just now."""
        if self._missing is None or self._clock() - self._missing[0] < _PATIENCE_SECONDS:
            return None
        return self._missing[1]


def wanted(workers: Workers, gpus_per_trial: float | None) -> Resources:
    """What a trial takes of its worker's resources.

    Where workers say how many trials they train at once, the others train none.
    """
    has_slots = any(RESOURCE in each["resources"] for each in workers.values())
    return {**({RESOURCE: 1.0} if has_slots else {}), **({GPU: gpus_per_trial} if gpus_per_trial else {})}


def able(workers: Workers, resources: Resources) -> list[str]:
    """The workers that have these resources."""
    return [
        address
        for address, each in workers.items()
        if all(each["resources"].get(name, 0.0) >= amount for name, amount in resources.items())
    ]


def slots_of(resources: Mapping[str, float], n_threads: int, gpus_per_trial: float | None) -> int:
    """How many trials a worker with these resources trains at once."""
    n = int(resources.get(RESOURCE, n_threads))
    if gpus_per_trial:
        n = min(n, int(resources.get(GPU, 0.0) / gpus_per_trial + 1e-9))
    return max(1, n)


def different_workers(found: Sequence[tuple[str, str]], n_workers: int) -> str:
    """What is wrong with the first of these workers, each with what is different there."""
    address, fault = found[0]
    others = f" ({len(found)} of {n_workers} workers are not as here)" if len(found) > 1 else ""
    return f"the worker {address} {fault}{others}"


def _nobody(n_workers: int, resources: Resources, called: str) -> str:
    if not n_workers:
        return f"{called} has no worker: trials wait for one"
    names = " and ".join(f"{name}={amount:g}" for name, amount in resources.items())
    return f"none of the {n_workers} worker(s) of {called} has {names} (--resources): trials wait for one"
