"""Every command that takes a sweep's ID takes the beginning of it, and `latest`."""

from pathlib import Path

import pytest

from ledgers import ledger_of
from sweepflow.archive.folder import SweepFolder
from sweepflow.errors import SpecError
from sweepflow.flows.cli.app import app
from sweepflow.flows.cli.commands import COMMANDS
from sweepflow.trials.state import SweepState, TrialEnd, TrialState
from sweeps import function_spec

IDS = ("aaaaaaaa-1", "aaaaaaaa-2", "bbbbbbbb-3")
ASKED = {"aaaaaaaa-1": IDS[0], "bb": IDS[2], "latest": IDS[2]}
MORE: dict[str, tuple[str, ...]] = {
    "backtest": ("policy.yml",),
    "export": ("exported",),
    "promote": ("--name", "iris"),
    "report": (),
    "resume": ("--only", "failed"),
    "show": (),
    "to-mlflow": (),
}
"""What each of the commands needs beside the ID."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with three sweeps that have completed; the working directory is beside it."""
    home = tmp_path / "home"
    with ledger_of(home) as ledger:
        for sweep_id in IDS:
            ledger.start_sweep(sweep_id, function_spec("plain", [1]))
            ledger.queue_trial(sweep_id, 0, {"x": 1})
            ledger.add_metrics(sweep_id, 0, {"score": 0.75}, 1)
            ledger.end_trial(sweep_id, 0, TrialEnd(TrialState.COMPLETED, None, 1.0))
            ledger.end_sweep(sweep_id, SweepState.COMPLETED)
            folder = SweepFolder(home, sweep_id).create().path
            for name in ("model.skops", "model-card.md", "spec.yml"):
                (folder / name).write_text(sweep_id)
    (tmp_path / "policy.yml").write_text("{type: bandit, slack_factor: 0.1}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SWEEPFLOW_HOME", str(home))
    monkeypatch.setenv("COLUMNS", "200")
    return home


@pytest.fixture
def _with_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tracking server, which is not asked: there is no sweep to log."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")


def run(*arguments: str) -> int:
    found = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    assert isinstance(found, int)
    return found


def test_these_are_all_the_commands_that_take_the_id_of_a_sweep() -> None:
    def takes_id(command: str) -> bool:
        arguments = app[command].assemble_argument_collection()
        return any(argument.field_info.name == "sweep_id" for argument in arguments)

    assert [command for command in sorted(COMMANDS) if takes_id(command)] == sorted(MORE)


@pytest.mark.usefixtures("_with_mlflow")
@pytest.mark.parametrize("command", MORE)
def test_a_sweep_that_is_not_there_is_told_with_how_to_find_those_that_are(home: Path, command: str) -> None:
    with pytest.raises(SpecError, match=r"^there is no sweep 'cc' in .*: `sweepflow list` shows what there"):
        run(command, "cc", *MORE[command])


@pytest.mark.usefixtures("_with_mlflow")
@pytest.mark.parametrize("command", MORE)
def test_a_beginning_of_two_ids_is_refused(home: Path, command: str) -> None:
    with pytest.raises(SpecError, match=r"^'aaaa' begins the IDs of 2 sweeps .*: type more of the ID$"):
        run(command, "aaaa", *MORE[command])


LEFT = {
    "backtest": None,
    "export": "exported/spec.yml",
    "promote": "home/models/iris/1/model.skops",
    "report": None,
    "show": None,
}
"""The file that tells which sweep a command took, or None: what it prints does.

That resume and to-mlflow take one: with the sweeps that they run and log, in the tests of the flows.
"""


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("command", LEFT)
def test_a_sweep_is_named_by_its_id_the_beginning_of_it_or_as_the_latest(
    home: Path, capsys: pytest.CaptureFixture[str], command: str, asked: str
) -> None:
    assert run(command, asked, *MORE[command]) == 0
    left = LEFT[command]
    assert ASKED[asked] in (Path(left).read_text() if left else capsys.readouterr().out)
