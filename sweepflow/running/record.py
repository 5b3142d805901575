"""Records in the ledger that a sweep runs, on which data, and how it ended."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from sweepflow.archive.folder import SPEC, SweepFolder
from sweepflow.archive.sweep import Sweep, read_sweep
from sweepflow.data.prepared import PreparedData
from sweepflow.errors import DataError, SpecError
from sweepflow.ledger.ledger import Ledger
from sweepflow.running.warm_start import resolve_warm_start
from sweepflow.spec.file import write_spec
from sweepflow.spec.spec import Spec
from sweepflow.trials.state import SweepState, TrialEnd, TrialState

INTERRUPTED = "interrupted"
"""The error of a sweep that was canceled."""


class SweepRecord:
    """The record of one sweep, which this process runs."""

    def __init__(self, ledger: Ledger, sweep_id: str, folder: SweepFolder) -> None:
        self.ledger = ledger
        self.sweep_id = sweep_id
        self.folder = folder
        self._is_new = False
        self._has_begun = False

    def begin(self, spec: Spec) -> Spec:
        """Record that the sweep runs; returns its spec, the recorded one if it has run before.

        SpecError, and no record, if it cannot start from the sweeps that it names.
        """
        row = self.ledger.sweep(self.sweep_id)
        if row is None:
            self._is_new = True
            spec = resolve_warm_start(self.ledger, spec)
            self._has_begun = True
            self.ledger.start_sweep(self.sweep_id, spec.model_dump(mode="json"), code_root=spec.code_root)
        else:
            spec = Spec.model_validate(row.spec)
            self._has_begun = True
            self.ledger.resume_sweep(self.sweep_id)
        write_spec(spec, self.folder.path / SPEC)
        return spec

    def keep_data(self, data: PreparedData) -> None:
        """Record which data the sweep trains on; DataError if it has trained on other data before."""
        row = self.ledger.sweep(self.sweep_id)
        recorded = row.data_fingerprint if row else None
        if recorded not in (None, data.fingerprint):
            raise DataError(
                "data.path",
                "the data has changed since the sweep began, and its own copy is gone: start a new sweep",
            )
        self.ledger.set_data(self.sweep_id, data.fingerprint)

    def read(self) -> Sweep:
        """The sweep as it is on record now."""
        return read_sweep(self.ledger, self.sweep_id, self.folder.path)

    @contextmanager
    def running(self, spec: Spec) -> Iterator[Spec]:
        """Record that the sweep runs, as `begin` does, and how it ends when this block ends.

        A new sweep whose spec or data turns out to be wrong leaves no record and no folder.
        """
        try:
            spec = self.begin(spec)
            yield spec
            self._end(SweepState.COMPLETED)
        except (SpecError, DataError) as error:
            if self._is_new:
                self.ledger.delete_sweep(self.sweep_id)
                shutil.rmtree(self.folder.path)
            else:
                self._end(SweepState.FAILED, str(error))
            raise
        except Exception as error:
            self._end(SweepState.FAILED, str(error))
            raise
        except BaseException:  # Ctrl-C, or Prefect's cancellation
            self._end(SweepState.CANCELED, INTERRUPTED)
            from sweepflow.archive.leaderboard import write_tables

            trials, metrics = self.ledger.trials(self.sweep_id), self.ledger.metrics(self.sweep_id)
            write_tables(trials, metrics, spec.trial_objective, self.folder.path, spec.require)
            raise

    def end_if_running(self, state: SweepState, error: str) -> None:
        """Record this end of the sweep, and its open trials as canceled, if it is on record as running.

        For a process whose flow could not record the end, or cannot be waited for.
        """
        sweep = self.ledger.sweep(self.sweep_id)
        if sweep is None or sweep.state != SweepState.RUNNING:
            return
        self.ledger.end_sweep(self.sweep_id, state, error)
        for trial in self.ledger.trials(self.sweep_id):
            if not trial.state.is_final:
                end = TrialEnd(TrialState.CANCELED, "the sweep was stopped", None)
                self.ledger.end_trial(self.sweep_id, trial.number, end)

    def _end(self, state: SweepState, error: str | None = None) -> None:
        if self._has_begun:
            self.ledger.end_sweep(self.sweep_id, state, error)
