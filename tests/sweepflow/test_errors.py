"""The errors that are meant for the user."""

import pickle
import re
from importlib import import_module
from pkgutil import walk_packages

import pytest

import sweepflow
from sweepflow import errors
from sweepflow.errors import DataError, Problem, SpecError, SweepflowError


def all_below(error: type[Exception]) -> set[type[Exception]]:
    return {found for child in error.__subclasses__() for found in (child, *all_below(child))}


@pytest.fixture(scope="module")
def every() -> set[type[Exception]]:
    """Every class of errors, with all modules imported that define one."""
    for module in walk_packages(sweepflow.__path__, "sweepflow."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            import_module(module.name)
    return {error for error in all_below(SweepflowError) if error.__module__.startswith("sweepflow")}


def test_the_tree_at_the_top_of_the_file_has_every_error(every: set[type[Exception]]) -> None:
    shown = re.findall(r"^[├└]── (\w+) ", errors.__doc__ or "", re.MULTILINE)
    assert sorted(shown) == sorted(error.__name__ for error in every)


MADE = {
    "SpecError": SpecError([Problem("trial.estimator", "is unknown"), Problem("", "nothing runs")]),
    "DataError": DataError("data.target", "has no such column"),
}
"""The errors that are made of more than a message."""


def test_every_error_survives_the_way_between_processes(every: set[type[Exception]]) -> None:
    for error in every:
        made = MADE.get(error.__name__) or error("what is wrong")
        again = pickle.loads(pickle.dumps(made))
        assert (type(again), str(again), vars(again)) == (error, str(made), vars(made))
