"""How a sweep is written into the ledger: begun, found again, and ended as it went."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from sweepflow.archive import Sweep, read_sweep
from sweepflow.data import PreparedData
from sweepflow.errors import DataError, SpecError
from sweepflow.folder import SweepFolder
from sweepflow.leaderboard import write_tables
from sweepflow.ledger import Ledger, SweepState
from sweepflow.spec import Spec
from sweepflow.spec_file import write_spec
from sweepflow.warm_start import settled


class SweepRecord:
    """The record of one sweep, which this process runs."""

    def __init__(self, ledger: Ledger, sweep_id: str, folder: SweepFolder) -> None:
        self.ledger = ledger
        self.sweep_id = sweep_id
        self.folder = folder
        self._is_new = False

    def begin(self, spec: Spec) -> Spec:
        """Record that the sweep runs; gives its spec, the recorded one if it has run before.

        SpecError, and no record, if it cannot start from the sweeps that it names.
        """
        known = self.ledger.sweep(self.sweep_id)
        if known is None:
            self._is_new = True
            spec = settled(self.ledger, spec)
            self.ledger.start_sweep(self.sweep_id, spec.model_dump(mode="json"), code_root=spec.code_root)
        else:
            spec = Spec.model_validate(known["spec"])
            self.ledger.resume_sweep(self.sweep_id)
        write_spec(spec, self.folder.path / "spec.yml")
        return spec

    def keep_data(self, data: PreparedData) -> None:
        """Record which data the sweep trains on; DataError if it has trained on other data before."""
        known = self.ledger.sweep(self.sweep_id)
        before = known and known["data_fingerprint"]
        if before not in (None, data.fingerprint):
            raise DataError(
                "data.path",
                "the data has changed since the sweep began, and its own copy is gone: start a new sweep",
            )
        self.ledger.set_data(self.sweep_id, data.fingerprint)

    def read(self) -> Sweep:
        """The sweep as it is on record now."""
        return read_sweep(self.ledger, self.sweep_id, self.folder.path)

    @contextmanager
    def ending(self, spec: Spec) -> Iterator[None]:
        """Record how the sweep ends that runs in this block.

        A new one whose spec or data turn out to be wrong has never been.
        """
        try:
            yield
        except (SpecError, DataError) as error:
            if self._is_new:
                self.ledger.forget_sweep(self.sweep_id)
                shutil.rmtree(self.folder.path)
            else:
                self._end(SweepState.FAILED, str(error))
            raise
        except Exception as error:
            self._end(SweepState.FAILED, str(error))
            raise
        except BaseException:  # Ctrl-C, or Prefect's cancellation
            trials, metrics = self.ledger.trials(self.sweep_id), self.ledger.metrics(self.sweep_id)
            write_tables(trials, metrics, spec.trial_objective, self.folder.path)
            self._end(SweepState.CANCELED, "interrupted")
            raise
        self._end(SweepState.COMPLETED)

    def _end(self, state: SweepState, error: str | None = None) -> None:
        self.ledger.end_sweep(self.sweep_id, state, error)
