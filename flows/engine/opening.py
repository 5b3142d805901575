"""What a recurring sweep does before its first trial: nothing, if there is nothing new to find."""

from contextlib import closing
from datetime import UTC, datetime
from typing import Any, NamedTuple

from prefect import get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.states import Completed

from sweepflow.archive.leaderboard import ranked
from sweepflow.base.markdown import plain
from sweepflow.base.settings import cores, home, ledger_url
from sweepflow.data.prepared import PreparedData
from sweepflow.flows.engine.call_context import Prepared
from sweepflow.flows.engine.recorder import wait_until_recorded
from sweepflow.ledger.ledger import Ledger
from sweepflow.models.registry import Registry
from sweepflow.recurrence import (
    ProbeError,
    ProbeRecord,
    Verdict,
    as_json,
    find_champion,
    passed_before,
    write_record,
)
from sweepflow.recurrence.action import Action, Past, action
from sweepflow.recurrence.precedent import Precedent, precedent
from sweepflow.running import preflight
from sweepflow.spec.on_unchanged_data import AlwaysRun, ProbeChanged
from sweepflow.spec.spec import Spec
from sweepflow.tasks.probe_data import probe_data


class Opening(NamedTuple):
    """How the flow begins: with this spec, or not at all, and then it ends in this state."""

    prepared: Prepared
    state: Any = None
    """Completed, with the result of the earlier sweep; None if the sweep runs."""


def open_sweep(flow_run_id: Any, sweep_id: str, prepared: Prepared) -> Opening:
    """Compare with the last completed sweep of the same spec, as `on_unchanged_data` asks.

    A sweep that has begun before goes on, whatever has become of its data. One that is skipped leaves no
    record of its own in the ledger.
    """
    spec = prepared.spec
    if isinstance(spec.on_unchanged_data, AlwaysRun):
        return Opening(prepared)
    with closing(Ledger(ledger_url())) as ledger:
        past = None if ledger.sweep(sweep_id) else precedent(ledger, spec, home(), cores())
        data = prepared.data or (preflight.prepare_data(spec, home()) if past else None)
        if past is None or data is None:
            return Opening(prepared)
        return _SweepWithPrecedent(flow_run_id, ledger, spec, data, past).opening()


class _SweepWithPrecedent:
    """A sweep that is asked for, beside the earlier one."""

    def __init__(
        self, flow_run_id: Any, ledger: Ledger, spec: Spec, data: PreparedData, past: Precedent
    ) -> None:
        self._flow_run_id = flow_run_id
        self._ledger = ledger
        self._spec = spec
        self._data = data
        self._past = past

    def opening(self) -> Opening:
        spec, past = self._spec, self._past
        is_same = past.data_fingerprint == self._data.fingerprint
        probed = None if is_same else self._probed_before()
        match action(spec.on_unchanged_data, Past(is_same, probed is not None)):
            case Action.SKIP:
                why = f"since a probe: {probed.reason}" if probed else f"since sweep '{past.sweep_id}'"
                return self._skipped(f"nothing was run: spec and data have not changed {why}", "Skipped")
            case Action.PROBE:
                return self._probed()
        get_run_logger().info("the data has changed since sweep '%s'", past.sweep_id)
        return Opening(Prepared(spec, self._data))

    def _probed(self) -> Opening:
        began = datetime.now(UTC)
        found = self._probe()
        wait_until_recorded(self._flow_run_id, since=began, n_task_runs=1)
        if not found.goes_on:
            return self._skipped(f"no sweep was run: {found.reason}", "Probed")
        self._tell(f"a full sweep follows, warm-started from '{self._past.sweep_id}': {found.reason}")
        warm = (*self._spec.warm_start, self._past.sweep_id)
        return Opening(Prepared(self._spec.model_copy(update={"warm_start": warm}), self._data))

    def _probe(self) -> Verdict:
        past = self._past
        try:
            champion = self._champion()
        except ProbeError as error:
            return Verdict(True, str(error))
        trials, metrics = self._ledger.trials(past.sweep_id), self._ledger.metrics(past.sweep_id)
        rows = ranked(trials, metrics, self._spec.trial_objective)
        found = probe_data(self._spec, self._data, champion, rows, home(), cores())
        record = ProbeRecord(
            flow_run_id=str(self._flow_run_id),
            data_fingerprint=self._data.fingerprint,
            model_path=str(champion.model_path),
            goes_on=found.verdict.goes_on,
            reason=found.verdict.reason,
            findings=found.findings and as_json(found.findings),
        )
        write_record(past.folder, record)
        return found.verdict

    def _champion(self) -> Any:
        asked = self._spec.on_unchanged_data
        name = asked.model if isinstance(asked, ProbeChanged) else None
        return find_champion(Registry(home()), name, self._past)

    def _probed_before(self) -> ProbeRecord | None:
        try:
            champion = self._champion()
        except ProbeError:  # which the probe itself will tell
            return None
        return passed_before(self._past.folder, self._data.fingerprint, champion)

    def _skipped(self, why: str, name: str) -> Opening:
        self._tell(why)
        result = self._past.result.model_copy(update={"skipped": why})
        return Opening(Prepared(self._spec, self._data), Completed(name=name, message=why, data=result))

    def _tell(self, why: str) -> None:
        get_run_logger().info(why)
        create_markdown_artifact(plain(why), key="recurrence", description="Whether a sweep was needed")
