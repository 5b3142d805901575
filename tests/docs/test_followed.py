"""The documentation, followed to the letter."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pages import ROOT, Block, blocks

INSTALLS = ("pip ", "python3 -m venv", "source ")


@pytest.fixture
def reader(environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Somebody in a folder with the tables of `data/`, who has installed Sweepflow."""
    folder = tmp_path / "reader"
    folder.mkdir()
    for table in (ROOT / "data").glob("*.csv"):
        shutil.copy(table, folder)
    monkeypatch.chdir(folder)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**environment, "PATH": path, "PYTHONPATH": str(ROOT)}


def follow(page: str, environment: dict[str, str]) -> str:
    """Do all that a page says; gives what the commands printed."""
    printed = []
    for block in blocks(ROOT / "docs" / page):
        if block.file:
            Path(block.file).write_text(block.text)
        elif block.language in ("python", "console", "diff"):
            printed.append(run(block, environment))
    return "".join(printed)


def run(block: Block, environment: dict[str, str]) -> str:
    given = None
    if block.language == "python":
        command = [sys.executable, "-c", block.text]
    elif block.language == "diff":
        command, given = ["git", "apply", "-"], block.text
    else:
        typed = [each for each in block.commands if not each.startswith(INSTALLS)]
        command = ["bash", "-ec", "\n".join(typed)]
    done = subprocess.run(command, env=environment, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("page", ["own-estimator", "own-function", "own-script"])
def test_a_page_can_be_followed(page: str, reader: dict[str, str]) -> None:
    printed = follow(f"how-to/{page}.md", reader)
    assert "Best 6 of 6 trials" in printed
    assert " failed" not in printed
    assert "not tested" not in printed


def test_the_policy_and_the_sampling_algorithm_of_the_page_work(reader: dict[str, str]) -> None:
    for package in ("sweepflow", "flows", "tasks"):
        shutil.copytree(ROOT / package, package, ignore=shutil.ignore_patterns("__pycache__"))
    printed = follow("how-to/own-sampler-or-policy.md", {**reader, "PYTHONPATH": str(Path.cwd())})
    assert "Best 6 of 6 trials" in printed
    assert "terminated" in printed


def test_the_tutorial_can_be_followed(reader: dict[str, str]) -> None:
    printed = follow("tutorial.md", reader)
    assert "Best 10 of 30 trials" in printed
    assert "The champion of diabetes is version 1 now" in printed
