"""The sweep as a Prefect flow: prepare the data, train trials, rank them, select the best model."""

import os
import queue
import time
from typing import Any, Literal
from uuid import UUID

from prefect import flow, get_run_logger, unmapped
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext
from prefect.futures import PrefectFuture
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows.recorder import wait_until_recorded
from flows.watch import tell
from sweepflow.data import DataSource, PreparedData, Validation
from sweepflow.errors import SweepFailed
from sweepflow.leaderboard import write_tables
from sweepflow.ledger import Ledger, SweepState
from sweepflow.limits import Limits
from sweepflow.objective import Objective
from sweepflow.result import SweepResult, read_result
from sweepflow.sampling import RandomSampling, SamplingAlgorithm
from sweepflow.settings import cores, home
from sweepflow.space import SearchSpace
from sweepflow.spec import Spec
from sweepflow.spec_file import write_spec
from sweepflow.stopping import StopWhen
from sweepflow.sweep import Progress, Sweep, SweepFolder, draw_seed
from sweepflow.termination import EarlyTermination
from sweepflow.training import Trial
from sweepflow.workers import Compute, LocalCompute
from tasks.aggregate_metrics import aggregate_metrics
from tasks.prepare_data import prepare_data
from tasks.select_model import select_model
from tasks.train_trial import train_trial

_ARTIFACT_SECONDS = 3.0
_RUNNER: TaskRunner[Any] = ThreadPoolTaskRunner()


# Prefect does not validate the parameters: the spec does, and names all mistakes by their paths.
@flow(name="tune", task_runner=_RUNNER, validate_parameters=False, persist_result=False)
def tune(
    trial: Trial,
    search_space: SearchSpace,
    objective: Objective,
    limits: Limits,
    data: DataSource | None = None,
    validation: Validation = Validation(),  # noqa: B008
    constraints: tuple[str, ...] = (),
    sampling_algorithm: SamplingAlgorithm = RandomSampling(),  # noqa: B008
    metrics: tuple[str, ...] = (),
    early_termination: EarlyTermination | None = None,
    stop_when: StopWhen | None = None,
    refit: bool = False,
    compute: Compute = LocalCompute(),  # noqa: B008
    name: str | None = None,
    display_name: str | None = None,
    description: str | None = None,
    experiment_name: str | None = None,
    tags: dict[str, str] = {},  # noqa: B006
    type: Literal["sweep"] = "sweep",
) -> SweepResult:
    """Tune hyperparameters: run a trial per set of parameters, stop bad ones early, select the best model.

    The parameters are the fields of the spec. Raises SpecError or DataError before any trial if one of
    them is wrong, and SweepFailed if there is no model to select.
    """
    spec = Spec.checked(locals(), is_trusted=not _is_deployed()).settled(draw_seed(), cores())
    for notice in spec.notices(cores()):
        get_run_logger().warning(notice)
    prepared = prepare_data(spec, home())
    sweep_id = str(_flow_run().id)
    folder = SweepFolder(home(), sweep_id)
    write_spec(spec, folder.path / "spec.yml")
    kept = folder.keep(prepared) if prepared else None
    ledger = Ledger(home() / "ledger.db")
    ledger.start_sweep(sweep_id, spec.model_dump(mode="json"), prepared.fingerprint if prepared else None)
    try:
        return _sweep(sweep_id, spec, kept, folder, ledger)
    except Exception as error:
        ledger.end_sweep(sweep_id, SweepState.FAILED, str(error))
        raise
    except BaseException:  # Ctrl-C, or Prefect's cancellation
        write_tables(ledger.trials(sweep_id), ledger.metrics(sweep_id), spec.trial_objective, folder.path)
        ledger.end_sweep(sweep_id, SweepState.CANCELED, "interrupted")
        raise
    finally:
        ledger.close()


def _sweep(
    sweep_id: str, spec: Spec, data: PreparedData | None, folder: SweepFolder, ledger: Ledger
) -> SweepResult:
    n_cores = cores()
    slots = spec.limits.slots(n_cores)
    with spec.compute.pool(spec.trial, slots, n_cores, folder.path / "workers.log") as pool:
        sweep = Sweep(sweep_id, spec, data, folder=folder, ledger=ledger, pool=pool, slots=slots)
        failure = _run_trials(sweep)
    rows = aggregate_metrics(ledger, sweep_id, spec.trial_objective, folder.path)
    failure = failure or sweep.final_failure()
    if failure is not None:
        wait_until_recorded(sweep_id, n_task_runs=len(rows) + 2)
        raise SweepFailed(failure)
    selected = select_model(sweep_id, spec, data, rows, folder)
    ledger.end_sweep(sweep_id, SweepState.COMPLETED)
    wait_until_recorded(sweep_id, n_task_runs=len(rows) + 3)
    return read_result(ledger, sweep_id, folder.path, selected)


def _run_trials(sweep: Sweep) -> str | None:
    """Keep every slot busy until the sweep has had its trials; gives why it failed, if it did."""
    ended: queue.SimpleQueue[PrefectFuture[Any]] = queue.SimpleQueue()
    running: set[PrefectFuture[Any]] = set()
    shown = _Shown()
    try:
        while True:
            if sweep.error is not None:
                raise sweep.error
            failure = sweep.failure()
            is_over = failure is not None or sweep.has_enough()
            numbers = [] if is_over else sweep.ask(sweep.slots - len(running))
            for future in train_trial.map(numbers, sweep=unmapped(sweep)) if numbers else []:
                running.add(future)
                future.add_done_callback(lambda future: ended.put(future))
            shown.update(sweep.progress(), is_last=not running)
            if is_over:
                sweep.stop()
            if not running:
                return failure
            running.discard(ended.get())
    except BaseException:
        sweep.stop()
        for future in running:
            future.wait()
        sweep.cancel_queued()
        raise


class _Shown:
    """The progress as people see it: at once by who watches this process, every few seconds in Prefect."""

    def __init__(self) -> None:
        self._artifact: UUID | None = None
        self._next = 0.0

    def update(self, progress: Progress, *, is_last: bool) -> None:
        tell(progress)
        if time.monotonic() < self._next and not is_last:
            return
        share = 100.0 if is_last else 100.0 * progress.n_done / progress.n_total
        if self._artifact is None:
            created = create_progress_artifact(share, key="progress", description="Trials that have ended")
            assert isinstance(created, UUID)  # it is a coroutine only in an asynchronous flow
            self._artifact = created
        else:
            update_progress_artifact(self._artifact, share)
        self._next = time.monotonic() + _ARTIFACT_SECONDS


def _flow_run() -> FlowRun:
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        raise RuntimeError("tune must be called as a flow, not as tune.fn")
    return context.flow_run


def _is_deployed() -> bool:
    """Whether the parameters may come from a web form: in a deployment's process, subflows included."""
    return _flow_run().deployment_id is not None or "PREFECT__FLOW_RUN_ID" in os.environ


if __name__ == "__main__":
    from flows.cli import run_spec_file

    run_spec_file()
