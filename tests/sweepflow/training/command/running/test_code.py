"""The folder that a command runs in: what of the code is there, and what stays when it is gone."""

import os
from pathlib import Path

import pytest

from sweepflow.errors import TrialError
from sweepflow.training.command.running.code import copy_code, copy_of, remove_copy


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "src"
    write(folder, "train.py", "package/__init__.py", "data/big.csv", "notes.md")
    return folder


@pytest.fixture
def trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SWEEPFLOW_HOME", str(tmp_path / "home"))
    folder = tmp_path / "home/sweeps/id/trials/0000"
    folder.mkdir(parents=True)
    return folder


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def files_in_copy(code: Path, trial: Path) -> set[str]:
    copy_code(code, trial)
    copy = copy_of(trial)
    return {str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file()}


def test_all_of_the_code_is_there_but_what_no_copy_needs(code: Path, trial: Path) -> None:
    write(
        code, ".git/config", "package/__pycache__/a.pyc", ".venv/pyvenv.cfg", ".venv/lib/a.py", ".azureml/c"
    )
    expected = {"train.py", "package/__init__.py", "data/big.csv", "notes.md", ".azureml/c"}
    assert files_in_copy(code, trial) == expected


@pytest.mark.parametrize(
    ("ignored", "left_out"),
    [
        ({".gitignore": "data/\n"}, {"data/big.csv"}),
        ({".amlignore": "*.md\n", ".gitignore": "data/\n"}, {"notes.md"}),  # the first alone counts
        ({".amlignore": ""}, set()),
        ({".gitignore": "*\n!*.py\n!package/**\n!.gitignore"}, {"data/big.csv", "notes.md"}),
        ({".gitignore": "# words\n\n/notes.md\r\n\\\n!\n"}, {"notes.md"}),  # some that are no patterns
        ({".gitignore": "\ufeffdata"}, {"data/big.csv"}),
        ({"data/.gitignore": "*\n"}, set()),  # as in Azure, the one at the top alone counts
    ],
)
def test_what_an_ignore_file_names_is_left_out(
    code: Path, trial: Path, ignored: dict[str, str], left_out: set[str]
) -> None:
    for name, text in ignored.items():
        (code / name).write_text(text, encoding="utf-8", newline="")
    everything = {"train.py", "package/__init__.py", "data/big.csv", "notes.md", *ignored}
    assert files_in_copy(code, trial) == everything - left_out


def test_sweepflows_own_files_within_the_code_are_not_copied(
    code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = code / "home/sweeps/id/trials/0000"
    trial.mkdir(parents=True)
    write(code, "home/ledger.db", "train.py")
    monkeypatch.setenv("SWEEPFLOW_HOME", str(code / "home"))
    assert files_in_copy(code, trial) == {"train.py", "package/__init__.py", "data/big.csv", "notes.md"}


def test_outputs_of_the_copy_are_the_trials_own_and_those_in_the_code_are_not_taken_for_its(
    code: Path, trial: Path
) -> None:
    write(code, "outputs/old.pkl")
    copy_code(code, trial)
    write(copy_of(trial), "outputs/model.pkl", "logs/events")
    remove_copy(trial)
    assert not copy_of(trial).exists()
    assert [path.name for path in (trial / "outputs").iterdir()] == ["model.pkl"]
    assert [path.name for path in (trial / "logs").iterdir()] == ["events"]
    assert not os.path.lexists(code / "logs")


def test_code_in_a_folder_logs_is_there(code: Path, trial: Path) -> None:
    write(code, "logs/__init__.py")
    assert "logs/__init__.py" in files_in_copy(code, trial)
    remove_copy(trial)
    assert not (trial / "logs").exists()


def test_outputs_written_to_a_folder_that_has_replaced_the_link_are_kept(code: Path, trial: Path) -> None:
    copy_code(code, trial)
    write(trial, "outputs/checkpoint", "outputs/model.pkl")
    outputs = copy_of(trial) / "outputs"
    outputs.unlink()
    write(outputs, "model.pkl", "more/a")
    remove_copy(trial)
    kept = trial / "outputs"
    assert (kept / "model.pkl").read_text() == "model.pkl"
    assert {str(path.relative_to(kept)) for path in kept.rglob("*")} == {
        "checkpoint",
        "model.pkl",
        "more",
        "more/a",
    }


def test_a_further_attempt_finds_the_code_as_it_is_and_the_outputs_of_the_one_before(
    code: Path, trial: Path
) -> None:
    copy_code(code, trial)
    (copy_of(trial) / "train.py").write_text("changed")
    write(copy_of(trial), "litter", "outputs/checkpoint")
    copy_of(trial).chmod(0o500)  # and was killed
    copy_code(code, trial)
    assert (copy_of(trial) / "train.py").read_text() == "train.py"
    assert not (copy_of(trial) / "litter").exists()
    assert (copy_of(trial) / "outputs/checkpoint").exists()


def test_without_code_the_folder_is_empty_but_for_what_is_kept(trial: Path) -> None:
    copy_code(None, trial)
    assert {path.name for path in copy_of(trial).iterdir()} == {"outputs", "logs"}


def test_a_copy_that_a_trial_has_replaced_by_a_link_is_removed_without_what_it_leads_to(
    code: Path, trial: Path
) -> None:
    copy_of(trial).symlink_to(code)
    write(code, "outputs/precious")
    (trial / "outputs").mkdir()
    remove_copy(trial)
    assert not os.path.lexists(copy_of(trial))
    assert (code / "outputs/precious").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
def test_a_file_that_cannot_be_read_is_named(code: Path, trial: Path) -> None:
    (code / "notes.md").chmod(0)
    with pytest.raises(TrialError, match=r"^trial.code: '.*/notes.md' cannot be copied: Permission denied$"):
        copy_code(code, trial)


def test_code_that_has_gone_is_named(code: Path, trial: Path) -> None:
    missing = code / "gone"
    with pytest.raises(
        TrialError, match=r"^trial.code: '.*/gone' cannot be copied: No such file or directory$"
    ):
        copy_code(missing, trial)
