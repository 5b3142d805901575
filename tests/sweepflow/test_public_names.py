import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sweepflow


def test_every_public_name_can_be_imported() -> None:
    assert all(getattr(sweepflow, name) for name in sweepflow.__all__)


def test_type_checkers_see_the_same_names_from_the_same_modules() -> None:
    tree = ast.parse(Path(sweepflow.__file__).read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    assert {alias.asname: node.module for node in imports for alias in node.names} == sweepflow._MODULES


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'sweepflow' has no attribute 'tuner'"):
        sweepflow.tuner  # noqa: B018


def test_the_package_alone_imports_nothing_that_takes_long() -> None:
    code = "import sys, sweepflow; sys.exit(bool({'sklearn', 'plotly', 'prefect'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
