"""The precedent of a sweep: the last one that has completed and was asked the same."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from sweepflow.archive.folder import SweepFolder
from sweepflow.archive.sweep import read_sweep
from sweepflow.ledger.ledger import Ledger, SweepRow
from sweepflow.result import SelectedModel, SweepResult
from sweepflow.spec.spec import Spec
from sweepflow.trials.state import SweepState

_NO_MATTER: dict[str, Any] = {
    # labels, and what is decided anew each time
    **dict.fromkeys(("type", "name", "display_name", "description", "experiment_name", "tags"), True),
    "on_unchanged_data": True,
    # where the search begins and where it trains, not what it looks for
    **dict.fromkeys(("warm_start", "compute"), True),
    # the fingerprint tells what is in the file
    "data": {"path"},
    # how fast it goes, and when it would have failed; the other limits decide which trials there are
    "limits": {"max_concurrent_trials", "max_failed_trials", "retries"},
}


class Precedent(NamedTuple):
    """An earlier sweep, completed, of the same spec."""

    sweep_id: str
    data_fingerprint: str
    folder: Path
    result: SweepResult


def precedent(ledger: Ledger, spec: Spec, home: Path, cores: int) -> Precedent | None:
    """The last completed sweep of the same spec, its model still here; None if there is none.

    The same is what asks the same of the same columns: labels, `compute`, `warm_start`, the path of the data
    and how fast trials follow each other do not matter. A seed that is not asked for matches every one, and
    a function matches only if its module's file is not newer than the sweep.
    """
    for sweep in ledger.sweeps(SweepState.COMPLETED):
        fingerprint = sweep.data_fingerprint
        if fingerprint is not None and _is_same(spec, sweep, cores) and _has_model(sweep):
            folder = SweepFolder(home, sweep.id).path
            result = read_sweep(ledger, sweep.id, folder).result
            return Precedent(sweep.id, fingerprint, folder, result)
    return None


def is_same_search(asked: Spec, recorded: Spec, cores: int) -> bool:
    """Whether a recorded spec asks the same as this one, on a machine with so many cores."""
    seed = recorded.sampling_algorithm.seed or 0
    return _searched(asked.settled(seed, cores)) == _searched(recorded)


def _searched(spec: Spec) -> str:
    # As text, in which 1, 1.0 and true differ.
    return json.dumps(spec.model_dump(mode="json", exclude=_NO_MATTER))


def _is_same(spec: Spec, sweep: SweepRow, cores: int) -> bool:
    return (
        sweep.code_root == spec.code_root
        and is_same_search(spec, Spec.model_validate(sweep.spec), cores)
        and not spec.trial.has_changed_since(sweep.started)
    )


def _has_model(sweep: SweepRow) -> bool:
    """Whether its model, if it had one, is still on this machine."""
    path = SelectedModel.model_validate(sweep.selected or {}).model_path
    return path is None or Path(path).is_file()
