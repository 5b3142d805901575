"""What `sweepflow resume` does: check that a recorded sweep can go on, and run its flow run again.

Prefect is imported after that check and before the sweep begins: until then a signal ends the command at
once, and no import can swallow it.
"""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from rich.console import Console

from sweepflow.archive.folder import SweepFolder
from sweepflow.base.settings import cores, home, ledger_url
from sweepflow.flows.cli.actions.foreground import run_in_foreground
from sweepflow.flows.engine.call_context import SweepRequest, handing_over, requesting
from sweepflow.importing.folders import import_from
from sweepflow.importing.quickly import importing_quickly
from sweepflow.ledger.ledger import Ledger
from sweepflow.ledger.lookup import find_sweep
from sweepflow.result import SweepResult
from sweepflow.running.preflight import Prepared
from sweepflow.spec.spec import Spec
from sweepflow.trials.state import TrialState

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun


def resume_in_foreground(
    sweep_id: str, only: frozenset[TrialState] | None, console: Console, *, is_json: bool
) -> int:
    """Resume the sweep, under its own flow run if Prefect has it, and return the exit code.

    `sweep_id` is a sweep's ID, the beginning of it, or `latest`. Raises what `check_resumable` raises.
    """
    recorded_id, spec = check_resumable(sweep_id)
    prepared = Prepared(spec, cores())
    with importing_quickly():
        from prefect.flow_engine import run_flow

        from sweepflow.flows.tune import tune

    def resume() -> SweepResult:
        with requesting(SweepRequest(recorded_id, only)), handing_over(prepared):
            result = run_flow(tune, flow_run=_flow_run(recorded_id), parameters=spec.model_dump(mode="json"))
        return SweepResult.model_validate(result)

    return run_in_foreground(resume, prepared, console, is_json=is_json)


def check_resumable(sweep_id: str) -> tuple[str, Spec]:
    """The full ID and the spec of a recorded sweep, whose trainer can be imported.

    SpecError if it cannot be resumed, SweepBusy if another process runs it.
    """
    with closing(Ledger(ledger_url())) as ledger:
        sweep = find_sweep(ledger, sweep_id)
    import_from([*filter(None, [sweep.code_root]), Path.cwd()])
    spec = Spec.model_validate(sweep.spec)
    spec.check(is_trusted=True)
    with SweepFolder(home(), sweep.id).locked():
        return sweep.id, spec


def _flow_run(sweep_id: str) -> "FlowRun | None":
    """The sweep's own flow run, ready to run again; None if Prefect does not know it any more."""
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound
    from prefect.states import Pending

    flow_run_id = UUID(sweep_id)
    with get_client(sync_client=True) as client:
        try:
            # By force: a completed flow run with a result would return that result instead of running.
            client.set_flow_run_state(flow_run_id, Pending(), force=True)
            return client.read_flow_run(flow_run_id)
        except ObjectNotFound:
            return None
