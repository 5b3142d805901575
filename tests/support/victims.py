"""Real sweeps that are killed at random moments and resumed until they have ended."""

import json
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from commands import start
from ledgers import ledger_of
from sweepflow.ledger.ledger import SweepRow
from sweepflow.trials.rows import MetricRow, TrialRow

Row = dict[str, Any]


class Victim:
    """A sweep in a home of its own, and the trials that were recorded as ended after each kill."""

    def __init__(self, environment: dict[str, str], spec_file: Path, home: Path) -> None:
        self._environment = {**environment, "SWEEPFLOW_HOME": str(home)}
        self._spec_file = spec_file
        self._home = home
        self.n_kills = 0
        self.ended: dict[int, TrialRow] = {}
        """The rows of trials that had ended at some kill, by number."""

    @property
    def sweep_id(self) -> str | None:
        """The sweep's ID; None before it is recorded."""
        ids = [folder.name for folder in self._home.glob("sweeps/*")]
        return next((sweep_id for sweep_id in ids if self.sweep(sweep_id) is not None), None)

    def sweep(self, sweep_id: str) -> SweepRow | None:
        with ledger_of(self._home) as ledger:
            return ledger.sweep(sweep_id)

    def trials(self) -> list[TrialRow]:
        assert self.sweep_id is not None
        with ledger_of(self._home) as ledger:
            return ledger.trials(self.sweep_id)

    def metrics(self) -> list[MetricRow]:
        assert self.sweep_id is not None
        with ledger_of(self._home) as ledger:
            return ledger.metrics(self.sweep_id)

    def run(self, kill_after: float | None, whole_tree: bool) -> Row | None:
        """Start or resume the sweep; None if it was killed before it had ended, else its result."""
        sweep_id = self.sweep_id
        command = ["resume", sweep_id] if sweep_id else ["run", str(self._spec_file)]
        process = start(self._environment, *command, "--json")
        try:
            output, errors = process.communicate(timeout=kill_after)
        except subprocess.TimeoutExpired:
            _kill(process, whole_tree=whole_tree)
            self.n_kills += 1
            self._record_ended()
            return None
        assert process.returncode == 0, errors
        result: Row = json.loads(output)
        return result

    def _record_ended(self) -> None:
        if self.sweep_id is not None:
            self.ended |= {row.number: row for row in self.trials() if row.ended}


def _kill(process: "subprocess.Popen[str]", *, whole_tree: bool) -> None:
    """Send SIGKILL to the process, or to it and all that it has started."""
    tree = psutil.Process(process.pid).children(recursive=True) if whole_tree else []
    process.send_signal(signal.SIGKILL)
    for child in tree:
        with suppress(psutil.NoSuchProcess):
            child.kill()
    process.communicate()
