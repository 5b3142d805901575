"""The pages for whoever picks this up say what is."""

import ast
import os
import re
import subprocess
import tomllib
from typing import Any

import yaml

from docs import generate
from pages import ROOT


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_changelog_begins_with_what_is_unreleased_and_the_version_that_is_installed() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    first, *released = re.findall(r"^## \[(.+)\](?: - (\d{4}-\d\d-\d\d))?$", text, re.MULTILINE)
    assert first == ("Unreleased", "")
    assert released[0][0] == pyproject()["project"]["version"]
    dates = [date for _, date in released]
    assert all(dates)
    assert dates == sorted(dates, reverse=True)
    kinds = re.findall(r"^### (.+)$", text, re.MULTILINE)
    assert {*kinds} <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_page_on_the_architecture_has_every_layer_of_the_core() -> None:
    page = generate.LAYERS_PATH.read_text()
    assert page == generate.with_layers(page), "run `make docs`"
    packages = {path.parent.name for path in (ROOT / "sweepflow").glob("*/__init__.py")}
    shown = re.findall(r"^\| \d+ \| `(\w+)` \| .+ \|$", page, re.MULTILINE)
    assert sorted(shown) == sorted(packages - {"flows", "tasks", "testing"})


def recipe(target: str) -> list[str]:
    """What make would run, with everything installed."""
    line = ["make", "--dry-run", "--always-make", "--old-file=.venv/installed", target]
    # Not as a part of the make that runs this test, which would print where it is.
    own = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(line, cwd=ROOT, env=own, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_a_commit_is_checked_by_what_make_test_runs_beside_the_tests() -> None:
    (repo,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    commands = [command for hook in repo["hooks"] for command in recipe(hook["entry"].removeprefix("make "))]
    assert len(commands) == 4
    tested = "\n".join(recipe("test"))
    assert all(command in tested for command in commands)


def test_files_and_functions_are_as_short_as_the_guide_says() -> None:
    files = [path for top in ("flows", "tasks", "sweepflow") for path in (ROOT / top).rglob("*.py")]
    assert len(files) > 200
    long = []
    for path in files:
        text = path.read_text()
        functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
        lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
        long += [path.name] if len(text.splitlines()) > 300 else []
        long += [name for name, length in lengths.items() if length > 40]
    assert long == ["tune"]


def test_type_checkers_are_told_that_the_package_has_types() -> None:
    assert (ROOT / "sweepflow/py.typed").is_file()
