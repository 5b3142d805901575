"""Compares a recurring sweep with an earlier one of the same spec, and decides whether it starts."""

from datetime import UTC, datetime
from typing import Any

from prefect import get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.states import Completed

from sweepflow.archive.ranking import ranked
from sweepflow.base.markdown import plain
from sweepflow.base.settings import home
from sweepflow.data.prepared import PreparedData
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
from sweepflow.recurrence.precedent import Precedent
from sweepflow.running.preflight import Prepared
from sweepflow.spec.on_unchanged_data import ProbeChanged
from sweepflow.tasks.probe_data import probe_data

StartOrSkip = tuple[Prepared, Any]
"""What the flow starts with, and the state in which it ends without a sweep; None if the sweep starts."""


class Comparison:
    """Compares the requested sweep with the earlier one."""

    def __init__(
        self, flow_run_id: Any, ledger: Ledger, prepared: Prepared, data: PreparedData, past: Precedent
    ) -> None:
        self._flow_run_id = flow_run_id
        self._ledger = ledger
        self._prepared = prepared
        self._spec = prepared.spec
        self._data = data
        self._past = past

    def start_or_skip(self) -> StartOrSkip:
        """What `start_or_skip` gives."""
        past = self._past
        is_same = past.data_fingerprint == self._data.fingerprint
        passed_probe = None if is_same else self._passed_probe()
        match action(self._spec.on_unchanged_data, Past(is_same, passed_probe is not None)):
            case Action.SKIP:
                since = f"a probe: {passed_probe.reason}" if passed_probe else f"sweep '{past.sweep_id}'"
                return self._skip(f"nothing was run: spec and data have not changed since {since}", "Skipped")
            case Action.PROBE:
                return self._probe()
        get_run_logger().info("the data has changed since sweep '%s'", past.sweep_id)
        return self._prepared, None

    def _probe(self) -> StartOrSkip:
        began = datetime.now(UTC)
        verdict = self._verdict()
        wait_until_recorded(self._flow_run_id, since=began, n_task_runs=1)
        if not verdict.goes_on:
            return self._skip(f"no sweep was run: {verdict.reason}", "Probed")
        self._report(f"a full sweep follows, warm-started from '{self._past.sweep_id}': {verdict.reason}")
        warm = (*self._spec.warm_start, self._past.sweep_id)
        spec = self._spec.model_copy(update={"warm_start": warm})
        return self._prepared._replace(spec=spec, earlier=None), None

    def _verdict(self) -> Verdict:
        past = self._past
        try:
            champion = self._champion()
        except ProbeError as error:
            return Verdict(True, str(error))
        trials, metrics = self._ledger.trials(past.sweep_id), self._ledger.metrics(past.sweep_id)
        rows = ranked(trials, metrics, self._spec.trial_objective, self._spec.require)
        probe = probe_data(self._spec, self._data, champion, rows, home(), self._prepared.cores)
        record = ProbeRecord(
            flow_run_id=str(self._flow_run_id),
            data_fingerprint=self._data.fingerprint,
            model_path=str(champion.model_path),
            goes_on=probe.verdict.goes_on,
            reason=probe.verdict.reason,
            findings=probe.findings and as_json(probe.findings),
        )
        write_record(past.folder, record)
        return probe.verdict

    def _champion(self) -> Any:
        setting = self._spec.on_unchanged_data
        name = setting.model if isinstance(setting, ProbeChanged) else None
        return find_champion(Registry(home()), name, self._past)

    def _passed_probe(self) -> ProbeRecord | None:
        try:
            champion = self._champion()
        except ProbeError:  # the probe itself will report it
            return None
        return passed_before(self._past.folder, self._data.fingerprint, champion)

    def _skip(self, reason: str, name: str) -> StartOrSkip:
        self._report(reason)
        result = self._past.result.model_copy(update={"skipped": reason})
        return self._prepared, Completed(name=name, message=reason, data=result)

    def _report(self, reason: str) -> None:
        get_run_logger().info(reason)
        create_markdown_artifact(plain(reason), key="recurrence", description="Whether a sweep was needed")
