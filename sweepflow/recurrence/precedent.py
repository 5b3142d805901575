"""The precedent of a sweep: the last completed sweep of the same spec."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from sweepflow.archive.folder import SweepFolder
from sweepflow.archive.sweep import read_sweep
from sweepflow.ledger.ledger import Ledger, SweepRow
from sweepflow.metrics.own import has_changed_since, is_own
from sweepflow.result import SelectedModel, SweepResult
from sweepflow.spec.spec import Spec
from sweepflow.training.inputs import have_changed_since
from sweepflow.trials.state import SweepState

_IGNORED: dict[str, Any] = {
    # labels, and the setting that compares with earlier sweeps
    **dict.fromkeys(("type", "name", "display_name", "description", "experiment_name", "tags"), True),
    "on_unchanged_data": True,
    # where the search begins and where trials train, not what it searches for
    **dict.fromkeys(("warm_start", "compute"), True),
    # the fingerprint stands for the contents of the files
    "data": {"path", "validation", "test"},
    # how fast trials run, and when a sweep fails; the other limits decide which trials there are
    "limits": {"max_concurrent_trials", "max_failed_trials", "retries"},
}


class Precedent(NamedTuple):
    """A completed sweep of the same spec."""

    sweep_id: str
    data_fingerprint: str
    folder: Path
    result: SweepResult


def precedent(ledger: Ledger, spec: Spec, home: Path, cores: int) -> Precedent | None:
    """The last completed sweep of the same spec whose model is still on this machine; None if there is none.

    Specs are the same if they search for the same with the same columns: labels, `compute`, `warm_start`,
    the path of the data and the limits that only decide how fast trials run are ignored. A spec without a
    seed matches any seed, and code and input files match only if they are not newer than the sweep.
    """
    for sweep in ledger.sweeps(SweepState.COMPLETED):
        fingerprint = sweep.data_fingerprint
        if fingerprint is not None and _is_same(spec, sweep, cores) and _has_model(sweep):
            folder = SweepFolder(home, sweep.id).path
            result = read_sweep(ledger, sweep.id, folder).result
            return Precedent(sweep.id, fingerprint, folder, result)
    return None


def is_same_search(spec: Spec, recorded: Spec, cores: int) -> bool:
    """Whether a recorded spec searches for the same as this one does on a machine with so many cores."""
    seed = recorded.sampling_algorithm.seed or 0
    return _compared_fields(spec.settled(seed, cores)) == _compared_fields(recorded)


def _compared_fields(spec: Spec) -> str:
    # Compared as text, in which 1, 1.0 and true differ.
    return json.dumps(spec.model_dump(mode="json", exclude=_IGNORED))


def _is_same(spec: Spec, sweep: SweepRow, cores: int) -> bool:
    return (
        sweep.code_root == spec.code_root
        and is_same_search(spec, Spec.model_validate(sweep.spec), cores)
        and not spec.trial.has_changed_since(sweep.started)
        and not any(
            has_changed_since(metric, sweep.started) for metric in filter(is_own, spec.computed_metrics)
        )
        and not have_changed_since(spec.inputs, sweep.started)
    )


def _has_model(sweep: SweepRow) -> bool:
    """Whether its model is still on this machine; True if it never had one."""
    path = SelectedModel.model_validate(sweep.selected or {}).model_path
    return path is None or Path(path).is_file()
