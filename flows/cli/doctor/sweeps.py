"""Sweeps that were killed, and can be resumed."""

from contextlib import closing
from pathlib import Path

from sweepflow.archive.folder import SweepFolder
from sweepflow.flows.cli.doctor.finding import Finding
from sweepflow.ledger.database import Database
from sweepflow.ledger.ledger import Ledger
from sweepflow.trials.state import SweepState


def check_sweeps(url: str, home: Path) -> list[Finding]:
    """Find the sweeps that are recorded as running although no process on this machine holds their lock.

    Only sweeps whose files are in this home count: a ledger may be shared with other machines.
    """
    file = Database(url).file
    if file and not file.exists():
        return []
    with closing(Ledger(url)) as ledger:
        running = [row.id for row in ledger.sweeps(SweepState.RUNNING)]
    folders = [SweepFolder(home, sweep_id) for sweep_id in running]
    killed = [folder.sweep_id for folder in folders if folder.path.is_dir() and not folder.is_locked]
    if not killed:
        return [Finding("sweeps", f"{len(running)} run, none has been killed")]
    message = f"{len(killed)} of {len(running)} that are recorded as running were killed"
    return [Finding("sweeps", message, tuple(f"sweepflow resume {sweep_id}" for sweep_id in killed))]
