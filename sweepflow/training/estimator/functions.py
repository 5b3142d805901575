"""The functions that a spec may name as values: of arrays, that give numbers and do nothing else."""

import importlib
from collections.abc import Callable
from typing import Any

from sweepflow.errors import Problem, SpecError
from sweepflow.fields.nearest import suggestion

_NAMES = {
    "numpy": "abs cbrt exp exp2 expm1 log log10 log1p log2 sqrt square",
    "sklearn.feature_selection": (
        "chi2 f_classif f_regression mutual_info_classif mutual_info_regression r_regression"
    ),
}
FUNCTIONS = {f"{module}.{name}": module for module, names in _NAMES.items() for name in names.split()}
"""The module of each function, by its path."""


def function_at(path: str, field: str) -> Callable[..., Any]:
    """The function; SpecError, at the field that names it, if it is none of the allowed ones."""
    if path not in FUNCTIONS:
        raise SpecError(
            [Problem(field, f"'{path}' is no function that may be named; {suggestion(path, FUNCTIONS)}")]
        )
    function: Callable[..., Any] = getattr(importlib.import_module(FUNCTIONS[path]), path.rpartition(".")[2])
    return function
