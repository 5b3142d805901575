"""Whether a recorded sweep can go on; known before Prefect is started."""

from contextlib import closing
from pathlib import Path

from sweepflow.archive.folder import SweepFolder
from sweepflow.base.settings import home, ledger_url
from sweepflow.importing.folders import import_from
from sweepflow.ledger.ledger import Ledger
from sweepflow.ledger.lookup import find_sweep
from sweepflow.spec.spec import Spec


def check_resumable(asked: str) -> tuple[str, Spec]:
    """The ID and the spec of a recorded sweep, its trainer importable.

    SpecError if it cannot go on, SweepBusy if another process runs it.
    """
    with closing(Ledger(ledger_url())) as ledger:
        sweep = find_sweep(ledger, asked)
    import_from([*filter(None, [sweep.code_root]), Path.cwd()])
    spec = Spec.model_validate(sweep.spec)
    spec.check(is_trusted=True)
    with SweepFolder(home(), sweep.id).locked():
        return sweep.id, spec
