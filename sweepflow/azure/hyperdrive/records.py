"""Finds the sweep of a run on record, and reads what its children drew, logged and wrote."""

import json
import shlex
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from sweepflow.archive.folder import SweepFolder
from sweepflow.archive.sweep import Sweep, read_sweep
from sweepflow.base.settings import home, ledger_url
from sweepflow.ledger.ledger import Ledger
from sweepflow.trials.parameters import text_of
from sweepflow.trials.rows import RankedRow
from sweepflow.trials.state import SweepState, TrialState

LOG = "azureml-logs/70_driver_log.txt"
"""The name of a child's log among its files; `user_logs/std_log.txt` is its later name."""

_LOGGED = "logged.jsonl"
"""What a trial logged beside numbers, among its outputs."""

_LOG_NAMES = (LOG, "user_logs/std_log.txt")

_CHILD_STATUS = {
    TrialState.QUEUED: "Queued",
    TrialState.RUNNING: "Running",
    TrialState.COMPLETED: "Completed",
    TrialState.FAILED: "Failed",
}

_STATUS = {
    SweepState.RUNNING: "Running",
    SweepState.COMPLETED: "Completed",
    SweepState.FAILED: "Failed",
    SweepState.CANCELED: "Canceled",
}


def find_sweep_id(run_id: str) -> str | None:
    """The ID of the sweep that was submitted as this run; None if it has not begun."""
    with closing(Ledger(ledger_url())) as ledger:
        rows = (ledger.sweep(sweep_id) for sweep_id in ledger.sweep_ids())
        return next((row.id for row in rows if row and run_id in (row.spec.get("name"), row.id)), None)


def runs_of(experiment_name: str) -> list[str]:
    """The IDs of the runs that were submitted under the experiment, the latest first."""
    with closing(Ledger(ledger_url())) as ledger:
        rows = [ledger.sweep(sweep_id) for sweep_id in ledger.sweep_ids()]
    own = [row for row in rows if row and row.spec.get("experiment_name") == experiment_name]
    return [str(row.spec.get("name") or row.id) for row in own]


def read(sweep_id: str) -> Sweep:
    """The sweep as it is on record now."""
    with closing(Ledger(ledger_url())) as ledger:
        return read_sweep(ledger, sweep_id, SweepFolder(home(), sweep_id).path)


def is_alive(sweep: Sweep) -> bool:
    """Whether a process on this machine runs the sweep."""
    return sweep.state is SweepState.RUNNING and SweepFolder(home(), sweep.id).is_locked


def status(sweep: Sweep) -> str:
    """The sweep's state in the words of v1."""
    return _STATUS[sweep.state]


def child_status(row: RankedRow) -> str:
    """The trial's state in the words of v1, in which what a policy or a timeout stops is canceled."""
    return _CHILD_STATUS.get(row.state, "Canceled")


def arguments(sweep: Sweep, row: RankedRow) -> list[str]:
    """The arguments that the trial's script got, as text."""
    return [_filled(word, sweep, row) for word in _words(sweep)]


def hyperparameters(sweep: Sweep, row: RankedRow) -> dict[str, Any]:
    """What the trial drew, by the options of its script."""
    pairs = zip(_words(sweep), _words(sweep)[1:], strict=False)
    options = {word: option for option, word in pairs}
    return {options.get(_template(name), name): value for name, value in row.parameters.items()}


def as_json(values: dict[str, Any]) -> str:
    """The values as v1 shows them: the text of a JSON object."""
    return json.dumps(values)


def metrics(sweep: Sweep, number: int) -> dict[str, Any]:
    """What the trial logged: a value by its name, a list where it was logged more than once."""
    values: dict[str, list[Any]] = {}
    for report in sweep.reports:
        if report.number == number:
            value = float("nan") if report.value is None else report.value
            values.setdefault(report.name, []).append(value)
    for name, value in _other_values(sweep, number):
        values.setdefault(name, []).append(value)
    return {name: logged[0] if len(logged) == 1 else logged for name, logged in values.items()}


def _other_values(sweep: Sweep, number: int) -> Iterator[tuple[str, Any]]:
    """What the trial logged beside numbers: the stand-in for `azureml` writes it to a file of its outputs."""
    path = SweepFolder(home(), sweep.id).trial(number) / "outputs" / _LOGGED
    for line in path.read_text(errors="replace").splitlines() if path.is_file() else ():
        try:
            fields = json.loads(line)
        except ValueError:  # the script was killed while it wrote
            return
        if isinstance(fields, dict) and {"name", "value"} <= fields.keys():
            yield str(fields["name"]), fields["value"]


def files(sweep: Sweep, number: int) -> dict[str, Path]:
    """The files of a trial by name: its log, its logs and outputs; none that a link outside leads to."""
    folder = SweepFolder(home(), sweep.id)
    log, own = folder.trial_log(number), folder.trial(number)
    found = {
        path.relative_to(own).as_posix(): path for name in ("logs", "outputs") for path in _inside(own / name)
    }
    found.pop(f"outputs/{_LOGGED}", None)
    return {**({LOG: log} if log.is_file() else {}), **found}


def file(sweep: Sweep, number: int, name: str) -> Path | None:
    """The file of a trial by its name; None if there is none."""
    plain = name.removeprefix("./").lstrip("/")
    return files(sweep, number).get(LOG if plain in _LOG_NAMES else plain)


def _inside(folder: Path) -> Iterator[Path]:
    root = folder.resolve()
    for path in () if folder.is_symlink() else sorted(folder.rglob("*")):
        if path.is_file() and path.resolve().is_relative_to(root):
            yield path


def _words(sweep: Sweep) -> list[str]:
    """The words of the command after the script, with templates in the places of values."""
    command, _, _ = sweep.spec.trial.model_dump()["command"].partition(" && ")
    return shlex.split(command)[2:]


def _template(name: str) -> str:
    return f"${{{{search_space.{name}}}}}"


def _filled(word: str, sweep: Sweep, row: RankedRow) -> str:
    drawn = {_template(name): text_of(value) for name, value in row.parameters.items()}
    inputs = sweep.spec.model_dump()["inputs"]
    files = {f"${{{{inputs.{n}}}}}": given["path"] for n, given in inputs.items() if isinstance(given, dict)}
    return str({**files, **drawn}.get(word, word))
