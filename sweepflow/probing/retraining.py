"""Past configurations trained again on new data, each in a worker process as a trial is."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from sweepflow.data import PreparedData
from sweepflow.inert import inert
from sweepflow.space import configuration_key
from sweepflow.spec import Spec
from sweepflow.trial import Parameters, RankedRow, TrialState
from sweepflow.workers import Judge, LocalPool, Work

_N_CONFIGURATIONS = 5
_TO_ITS_END = Judge(report=lambda _: False, trained=lambda _: True)


class Retrained(NamedTuple):
    """A past trial's configuration, and its new model; without one, why there is none."""

    number: int
    parameters: Parameters
    model: Path
    error: str | None


def best_configurations(rows: Sequence[RankedRow]) -> list[RankedRow]:
    """The first five of the ranked rows that have a value, and parameters of their own."""
    distinct: dict[str, RankedRow] = {}
    for row in rows:
        if row.ranked_value is None:
            continue
        distinct.setdefault(configuration_key(row.parameters), row)
    return list(distinct.values())[:_N_CONFIGURATIONS]


def retrain(
    spec: Spec, data: PreparedData, rows: Sequence[RankedRow], folder: Path, cores: int
) -> list[Retrained]:
    """Train each row's parameters once, on the training part alone; the models are written to the folder."""
    slots = min(spec.limits.slots(cores), max(1, len(rows)))
    deadline = None if spec.limits.timeout is None else time.monotonic() + spec.limits.timeout
    log, memory = folder / "workers.log", spec.limits.trial_memory
    with (
        spec.compute.pool(spec.trial, slots, cores, log, memory) as pool,
        ThreadPoolExecutor(slots) as threads,
    ):
        try:
            return list(
                threads.map(lambda row: _retrained(pool, _work(spec, data, row, folder, deadline), row), rows)
            )
        except BaseException:
            pool.close()  # before the threads are waited for: they wait for it
            raise


def _work(spec: Spec, data: PreparedData, row: RankedRow, folder: Path, deadline: float | None) -> Work:
    # One fit, whatever the sweep does: folds would only rank the trials.
    job = spec.job(row.parameters, data).model_copy(update={"folds": None})
    path = folder / f"{row.number:04d}"
    model, log = path.with_suffix(".skops"), path.with_suffix(".log")
    return Work(job=job, log=log, model=model, timeout=spec.limits.trial_timeout, deadline=deadline)


def _retrained(pool: LocalPool, work: Work, row: RankedRow) -> Retrained:
    end = pool.run(work, _TO_ITS_END)
    error = None if end.state is TrialState.COMPLETED else inert(end.reason or end.state)
    if error is None and not work.model.is_file():
        error = inert(end.reason or "it returned no model")
    return Retrained(row.number, row.parameters, work.model, error)
