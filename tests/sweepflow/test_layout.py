"""What a reader may rely on in the layout: each package says what it is, and has one way in."""

import ast

import pytest

from layout import CORE, PACKAGES, imported_from_outside, listed


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_says_in_a_sentence_what_it_is(package: str) -> None:
    docstring = ast.get_docstring(ast.parse((CORE / package / "__init__.py").read_text())) or ""
    assert docstring.splitlines()[0].endswith(".")


@pytest.mark.parametrize("package", PACKAGES)
def test_others_import_from_a_package_what_it_lists(package: str) -> None:
    unlisted = {n: f for n, f in imported_from_outside(package).items() if n not in listed(package)}
    assert unlisted == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_lists_what_it_has(package: str) -> None:
    exec(f"from sweepflow.{package} import *", {})
