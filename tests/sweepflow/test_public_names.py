import subprocess
import sys

import pytest

import sweepflow


def test_every_public_name_can_be_imported() -> None:
    assert sorted([*sweepflow._MODULES, *sweepflow._SUBMODULES]) == sorted(sweepflow.__all__)
    assert all(getattr(sweepflow, name) for name in sweepflow.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'sweepflow' has no attribute 'tuner'"):
        sweepflow.tuner  # noqa: B018


def test_the_package_alone_imports_neither_scikit_learn_nor_plotly() -> None:
    code = "import sys, sweepflow; sys.exit(bool({'sklearn', 'plotly'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
