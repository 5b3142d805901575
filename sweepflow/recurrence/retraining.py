"""Past configurations trained again on new data, each in a worker like a trial."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from sweepflow.archive.folder import WORKERS_LOG
from sweepflow.base.files import private_folder
from sweepflow.base.printable import printable
from sweepflow.data.prepared import PreparedData
from sweepflow.spec.spec import Spec
from sweepflow.trials.parameters import Parameters, configuration_key
from sweepflow.trials.rows import RankedRow
from sweepflow.trials.state import TrialState
from sweepflow.workers import Judge, Pool, Work

_N_CONFIGURATIONS = 5
_NEVER_STOP = Judge(report=lambda _: False, trained=lambda _: True)


class Retrained(NamedTuple):
    """A past trial's configuration and its new model, or the error because of which there is none."""

    number: int
    parameters: Parameters
    model: Path
    error: str | None


def best_configurations(rows: Sequence[RankedRow]) -> list[RankedRow]:
    """The first five of the ranked rows that have a value, of equal parameters only the first."""
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
    slots, started = min(spec.slots(cores), max(1, len(rows))), time.monotonic()
    pool = spec.pool(slots, cores, folder / WORKERS_LOG)
    with pool, ThreadPoolExecutor(slots) as threads:

        def train(row: RankedRow) -> Retrained:
            work = _work(spec, data, row, folder, seconds_used=time.monotonic() - started)
            return _retrain(pool, work, row)

        try:
            return list(threads.map(train, rows))
        except BaseException:
            pool.stop()  # else the executor waits for its threads, and they for their trials
            raise


def _work(spec: Spec, data: PreparedData, row: RankedRow, folder: Path, seconds_used: float) -> Work:
    # One fit even if the sweep has folds: those only rank the trials.
    path = private_folder(folder / f"{row.number:04d}")
    job = spec.job(row.parameters, data, path).model_copy(update={"folds": None})
    model, log, limits = path.with_suffix(".skops"), path.with_suffix(".log"), spec.limits
    time_left = None if limits.timeout is None else limits.timeout - seconds_used
    return Work(job=job, log=log, model=model, timeout=limits.trial_timeout, time_left=time_left)


def _retrain(pool: Pool, work: Work, row: RankedRow) -> Retrained:
    end = pool.run(work, _NEVER_STOP)
    error = None if end.state is TrialState.COMPLETED else printable(end.reason or end.state)
    if error is None and not work.model.is_file():
        error = printable(end.reason or "it returned no model")
    return Retrained(row.number, row.parameters, work.model, error)
