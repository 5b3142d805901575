"""The sweep as a Prefect flow: prepare the data, train trials, rank them, select the best model."""

if __name__ == "__main__":  # before the imports, which take seconds
    import runpy
    import sys

    sys.argv.insert(1, "run")
    runpy.run_module("sweepflow.flows", run_name="__main__", alter_sys=True)

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from prefect import get_run_logger
from prefect.client.schemas.objects import FlowRun
from prefect.context import FlowRunContext
from prefect.states import Completed
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from sweepflow.archive.folder import WORKERS_LOG, SweepFolder
from sweepflow.base.settings import code_roots, cores, home, ledger_url
from sweepflow.data.source import DataSource, Validation
from sweepflow.errors import SweepFailed
from sweepflow.flows.engine.call_context import (
    SweepRequest,
    is_deployed,
    report_progress,
    requested_sweep,
    take_prepared,
)
from sweepflow.flows.engine.events import emit_completed
from sweepflow.flows.engine.flow_run_labels import label_flow_run
from sweepflow.flows.engine.form import Fields, form, passed, takes_further
from sweepflow.flows.engine.interrupts import lost_interrupts
from sweepflow.flows.engine.live_view import LiveView
from sweepflow.flows.engine.publishing import Publication, track_sweep
from sweepflow.flows.engine.python_call import object_flow
from sweepflow.flows.engine.recorder import wait_until_recorded
from sweepflow.flows.engine.server.embedded import use_server
from sweepflow.flows.engine.server.process import ServerLost
from sweepflow.flows.engine.signals import wait_from_now
from sweepflow.flows.engine.start_or_skip import start_or_skip
from sweepflow.flows.engine.trial_runs import run_trials
from sweepflow.ledger.ledger import Ledger
from sweepflow.result import SweepResult, headline
from sweepflow.running.preflight import Prepared, checked_job, prepare_sweep, spare_tables, sweep_children
from sweepflow.running.progress import Progress
from sweepflow.running.record import SweepRecord
from sweepflow.running.resumption import restart_trials, resumption
from sweepflow.running.sweep import RunningSweep, draw_seed
from sweepflow.running.trial_runner import TrialRunner
from sweepflow.sampling import RandomSampling, SamplingAlgorithm
from sweepflow.space.constraints import Condition
from sweepflow.spec.limits import Limits
from sweepflow.spec.on_unchanged_data import AlwaysRun, OnUnchangedData
from sweepflow.spec.spec import Spec
from sweepflow.spec.stop_when import StopWhen
from sweepflow.sweep_job import Translation, translate
from sweepflow.tasks.aggregate_metrics import aggregate_metrics
from sweepflow.tasks.prepare_data import prepare_data
from sweepflow.tasks.select_model import select_model
from sweepflow.termination import EarlyTermination
from sweepflow.training import AnyTrialKind
from sweepflow.training.inputs import Input, Output
from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import Parameters
from sweepflow.workers import Compute, LocalCompute, in_child

use_server()  # before a flow run, which talks to it

_RUNNER: TaskRunner[Any] = ThreadPoolTaskRunner()


# Prefect does not validate the parameters: the spec does, and reports every mistake with its path. These
# types are for callers in Python; the form has the types of the spec.
@object_flow(
    name="tune", task_runner=_RUNNER, validate_parameters=False, persist_result=True, result_serializer="json"
)
@form(Spec)
def tune(
    trial: AnyTrialKind | Fields | Callable[..., Any],
    search_space: Fields,
    objective: Objective | Fields,
    limits: Limits | Fields,
    data: DataSource | Fields | None = None,
    validation: Validation | Fields = Validation(),  # noqa: B008
    constraints: Sequence[Condition | str] = (),
    require: Sequence[Condition | str] = (),
    sampling_algorithm: SamplingAlgorithm | Fields | str = RandomSampling(),  # noqa: B008
    metrics: Sequence[str] = (),
    early_termination: EarlyTermination | Fields | str | None = None,
    warm_start: Sequence[str] = (),
    baseline: Parameters | str | None = None,
    stop_when: StopWhen | Fields | None = None,
    on_unchanged_data: OnUnchangedData | Fields | str = AlwaysRun(),  # noqa: B008
    refit: bool | None = None,
    select: str | None = None,
    inputs: Mapping[str, Input | Fields] = {},
    outputs: Mapping[str, Output | Fields | None] = {},
    compute: Compute | Fields | str = LocalCompute(),  # noqa: B008
    name: str | None = None,
    display_name: str | None = None,
    description: str | None = None,
    experiment_name: str | None = None,
    tags: dict[str, str] = {},  # noqa: B006
    type: Literal["sweep"] = "sweep",
    **job_fields: Any,
) -> SweepResult:
    """Tune hyperparameters: run a trial per set of parameters, stop bad ones early, select the best model.

    The parameters are the fields of the spec. A Python caller may pass a DataFrame as `data`, with `target`,
    and an estimator or a function as `trial`: `tune(frame, target="y", estimator=SVC(), ...)`. Raises
    SpecError or DataError before any trial if one of them is wrong, and SweepFailed if there is no model to
    select.
    """
    fields = passed(locals())
    if prepared := take_prepared():
        with sweep_children(prepared.spec, cores()):
            return _run(prepared)
    job = _job(fields.pop("job_fields"), fields)
    with sweep_children(job.fields, cores()):
        return _run(checked_job(job, cores(), is_trusted=not is_deployed()))


def _job(job_fields: Fields, fields: Fields) -> Translation:
    """What the fields of a spec, or of a sweep job, which has further ones, ask for."""
    roots = code_roots() if is_deployed() else None
    return translate({**fields, **job_fields}, Path.cwd(), roots)


def _run(prepared: Prepared) -> SweepResult:
    """Run the sweep, or skip it."""
    request = requested_sweep() or SweepRequest(str(_flow_run().id))
    prepared, skipped = start_or_skip(_flow_run().id, request.sweep_id, prepared)
    if skipped:
        return skipped  # type: ignore[no-any-return]
    prepared = in_child(prepared.settled, draw_seed())
    folder = SweepFolder(home(), request.sweep_id)
    report_progress(Progress(request.sweep_id, prepared.spec.limits.max_total_trials))
    with folder.locked(), closing(Ledger(ledger_url())) as ledger, lost_interrupts() as raise_lost_interrupt:
        record = SweepRecord(ledger, request.sweep_id, folder)
        publication = Publication(record)
        try:
            with record.running(prepared.spec) as spec:
                if not spec.knows_baseline:  # it was recorded by an earlier run
                    spec = in_child(spec.with_known_baseline)
                try:
                    _sweep(record, publication, prepared._replace(spec=spec), request, raise_lost_interrupt)
                except Exception:
                    raise_lost_interrupt()  # a library may have turned an interrupt into this exception
                    raise
        finally:
            wait_from_now()
            publication.write()
            track_sweep(record)
        result = record.read().result
        emit_completed(spec, result)
        # The caller gets the result, and the UI a state with the headline.
        message = headline(result, spec.objective.primary_metric)
        return Completed(message=message, data=result)  # type: ignore[return-value]


takes_further(tune)


def _sweep(
    record: SweepRecord,
    publication: Publication,
    prepared: Prepared,
    request: SweepRequest,
    raise_lost_interrupt: Callable[[], None],
) -> None:
    began, spec = datetime.now(UTC), prepared.spec
    label_flow_run(_flow_run(), spec)
    prepared = _prepare(record, prepared)
    recorded = partial(wait_until_recorded, _flow_run().id, since=began)
    n_run, failure = _fan_out(record, publication, prepared, request, raise_lost_interrupt, recorded)
    # No tables in the parameters of tasks: Prefect goes through every cell of them, several times.
    aggregate_metrics(record, spec)
    if failure is None:
        selected = select_model(record, spec, prepared.data)
        record.ledger.select(record.sweep_id, selected.model_dump(mode="json"))
    with suppress(ServerLost):  # the sweep is in our own ledger
        recorded(n_run + (2 if failure else 3))
    raise_lost_interrupt()
    if failure is not None:
        raise SweepFailed(failure)


def _prepare(record: SweepRecord, prepared: Prepared) -> Prepared:
    """Prepare the sweep's data, and log the notices about the data and the spec."""
    data = prepare_data(prepared.spec, prepared.data, home(), record.folder)
    if data is not None:
        record.keep_data(data)
    prepared = prepare_sweep(prepared._replace(data=data), home())
    spare_tables(prepared)
    for notice in prepared.notices:
        get_run_logger().warning(notice)
    return prepared


def _fan_out(
    record: SweepRecord,
    publication: Publication,
    prepared: Prepared,
    request: SweepRequest,
    raise_lost_interrupt: Callable[[], None],
    recorded: Callable[[int], object],
) -> tuple[int, str | None]:
    """Run the trials; gives how many have a task run, and the reason if the sweep has failed."""
    spec = prepared.spec
    rerun = restart_trials(record.ledger, record.sweep_id, spec, request.only)
    start = resumption(
        record.ledger, record.sweep_id, spec, rerun, prepared.earlier, has_new_trials=request.only is None
    )
    if start.notice:
        get_run_logger().info(start.notice)
    with spec.pool(prepared.slots, prepared.cores, record.folder.path / WORKERS_LOG) as pool:
        sweep = RunningSweep(record.sweep_id, spec, start, prepared.slots)
        runner = TrialRunner(sweep, prepared.data, record.folder, pool)
        with LiveView(_flow_run().id, record.read, sweep.progress, runner.stop, get_run_logger()) as view:
            ended = run_trials(sweep, runner, view, raise_lost_interrupt, recorded)
            publication.begin()
            return ended


def _flow_run() -> FlowRun:
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        raise RuntimeError("tune must be called as a flow, not as tune.fn")
    return context.flow_run
