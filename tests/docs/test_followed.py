"""The documentation, followed to the letter."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from pages import ROOT, Block, blocks
from sweepflow.training import AnyTrialKind
from sweepflow.training.kind import name_of

RULES = ("sampling", "termination")
SHOW_FORM = "from sweepflow.flows.tune import tune; print(tune.parameters.model_dump_json(indent=1))"
# What make runs; make itself would first make an environment.
STANDS_FOR = {"make docs": "python docs/generate.py\npython docs/pictures.py"}
INSTALLS = ("pip ", "python3 -m venv", "source ", "make ", "git tag", "python -m build")


@pytest.fixture
def reader(
    environment: dict[str, str], home_of_commands: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """Somebody with the tables under `data/`, as in a clone, who has installed Sweepflow."""
    folder = tmp_path / "reader"
    (folder / "data").mkdir(parents=True)
    for table in (ROOT / "data").glob("*.csv"):
        shutil.copy(table, folder / "data")
    monkeypatch.chdir(folder)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**environment, "PATH": path, "PYTHONPATH": str(ROOT)}


def follow(page: str, environment: dict[str, str]) -> str:
    """Do all that a page says; gives what the commands printed."""
    printed = []
    for block in blocks(ROOT / "docs" / page):
        if block.file:
            Path(block.file).parent.mkdir(parents=True, exist_ok=True)
            Path(block.file).write_text(block.text)
        elif block.language in ("python", "console", "diff"):
            printed.append(run(block, environment))
    return "".join(printed)


def run(block: Block, environment: dict[str, str]) -> str:
    given = None
    if block.language == "python":
        command = [sys.executable, "-c", block.text]
    elif block.language == "diff":
        command, given = ["git", "apply", "--unidiff-zero", "-"], block.text
    else:
        lines = [STANDS_FOR.get(each, each) for each in block.commands]
        typed = [each for each in lines if not each.startswith(INSTALLS)]
        command = ["bash", "-ec", "\n".join(typed)]
    done = subprocess.run(command, env=environment, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "page", ["boosters", "compositions", "own-estimator", "own-function", "own-metric", "own-script"]
)
def test_a_page_can_be_followed(page: str, reader: dict[str, str]) -> None:
    printed = follow(f"how-to/{page}.md", reader)
    assert "Best 6 of 6 trials" in printed
    assert " failed" not in printed
    assert "not tested" not in printed


def test_what_a_python_caller_has_can_be_passed(reader: dict[str, str]) -> None:
    printed = follow("how-to/from-python.md", reader)
    assert re.search(r"of the frame: \['(malignant|benign)', ", printed)
    assert re.search(r"of the function: {'depth': \d} True", printed)


def test_the_first_sweep_of_the_page_on_groups_gives_its_figure(reader: dict[str, str]) -> None:
    printed = follow("how-to/groups-and-time.md", reader)
    assert "5 completed" in printed
    assert "test r2: 0.1" in printed


def test_the_policy_and_the_sampling_algorithm_of_the_page_work(reader: dict[str, str]) -> None:
    """They are in no file of ours: what the page says is all that it takes to add them."""
    environment = {**reader, "PYTHONPATH": str(Path.cwd())}
    for folder in ("sweepflow", "docs"):
        shutil.copytree(ROOT / folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
    ours = (f"tests/sweepflow/{each}/test_conformance.py" for each in RULES)
    for file in ("pyproject.toml", "tests/support/curves.py", *ours):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, file)
    printed = follow("how-to/own-sampler-or-policy.md", environment)
    assert "Best 6 of 6 trials" in printed
    assert "terminated" in printed
    summary = [line for line in printed.splitlines() if " passed" in line]
    assert len(summary) == 1
    assert "failed" not in summary[0]
    reference = Path("docs/spec.md").read_text()
    form = run(Block("python", SHOW_FORM), environment)
    for kind, field in (
        ("lagging", "So many intervals a trial may lie behind"),
        ("halton", "one is drawn and"),
    ):
        assert f"### {kind}\n" in reference
        assert field in reference
        assert f'"title": "{kind}"' in form
        assert field in form


def test_the_kind_of_trial_of_the_page_works(reader: dict[str, str]) -> None:
    """One file and one name: it is checked, shown, trained, ranked, selected and tested as the others are."""
    environment = {**reader, "PYTHONPATH": str(Path.cwd())}
    for folder in ("sweepflow", "docs"):
        shutil.copytree(ROOT / folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", "pyproject.toml")
    printed = follow("how-to/own-trial-kind.md", environment)
    assert "Best 6 of 6 trials" in printed
    assert "not tested" not in printed
    assert " passed" in printed
    (sweep,) = Path(environment["SWEEPFLOW_HOME"], "sweeps").iterdir()
    assert (sweep / "model.skops").is_file()
    assert {each.name for each in sweep.glob("trials/*/tree.txt")} == {"tree.txt"}
    assert "### column\n" in Path("docs/spec.md").read_text()
    form = run(Block("python", SHOW_FORM), environment)
    assert '"title": "column"' in form
    assert "The column to learn from." in form
    Path("specs/column.yml").write_text("trial: {columns: mean_radius}\n")
    wrong = ["sweepflow", "run", "specs/column.yml", "--json"]
    told = subprocess.run(wrong, env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 2
    named = re.search(r"must have one of: ([\w, ]+)", told.stdout)
    assert named
    assert {*named[1].split(", ")} == {"column", *map(name_of, get_args(get_args(AnyTrialKind)[0]))}


def test_the_chart_and_the_command_of_the_guide_for_contributors_work(
    reader: dict[str, str],
) -> None:
    for package in ("sweepflow", "flows", "tasks"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, package, ignore=ignored, symlinks=True)
    printed = follow("../CONTRIBUTING.md", {**reader, "PYTHONPATH": str(Path.cwd())})
    assert "Best 6 of 6 trials" in printed
    assert "\n6 completed\n" in printed
    report = re.search(r"^report +(\S+)$", printed, re.MULTILINE)
    assert report
    assert "How long the trials trained" in Path(report[1]).read_text()


def test_the_tutorial_can_be_followed(reader: dict[str, str]) -> None:
    printed = follow("tutorial.md", reader)
    assert "Best 10 of 30 trials" in printed
    assert "The champion of diabetes is version 1 now" in printed
