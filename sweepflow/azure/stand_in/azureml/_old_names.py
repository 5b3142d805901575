"""Lets scripts use NumPy, pandas and scikit-learn by the names of the SDK's time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from azureml._old_pandas import restore_pandas
from azureml._old_sklearn import restore_estimators, restore_metrics

if TYPE_CHECKING:
    from importlib.abc import Loader, MetaPathFinder
else:  # importing them takes as long as all the rest
    Loader = MetaPathFinder = object

_MOVED = {"sklearn.externals.joblib": "joblib", "sklearn.externals.six": "six"}
"""Modules that are imported from elsewhere now."""


def restore_old_names() -> None:
    """Restore them in what is imported already, and in the rest once it is imported."""
    for name, patch in _PATCHES.items():
        if name in sys.modules:
            patch(sys.modules[name])
    sys.meta_path.insert(0, _Finder())


def _restore_numpy(numpy: Any) -> None:
    names: dict[str, Any] = {
        **{kind.__name__: kind for kind in (bool, int, float, complex, object, str)},
        **{"long": int, "unicode": str, "asscalar": lambda array: array.item()},
        **{
            "Inf": numpy.inf,
            "Infinity": numpy.inf,
            "infty": numpy.inf,
            "PINF": numpy.inf,
            "NINF": -numpy.inf,
        },
        **{"NaN": numpy.nan, "float_": numpy.float64, "complex_": numpy.complex128, "bool8": numpy.bool_},
        **{"unicode_": numpy.str_, "string_": numpy.bytes_, "object0": numpy.object_, "product": numpy.prod},
        **{"cumproduct": numpy.cumprod, "sometrue": numpy.any, "alltrue": numpy.all},
        **{"row_stack": numpy.vstack, "mat": numpy.asmatrix, "trapz": getattr(numpy, "trapezoid", None)},
        "asfarray": lambda array, dtype=numpy.float64: numpy.asarray(array, dtype=dtype),
        "in1d": lambda array, *rest, **options: numpy.isin(numpy.ravel(array), *rest, **options),
    }
    for name, value in names.items():
        if name not in vars(numpy) and value is not None:
            setattr(numpy, name, value)


_ESTIMATORS = ("sklearn.ensemble", "sklearn.linear_model", "sklearn.preprocessing", "sklearn.tree")

_PATCHES: dict[str, Callable[[Any], None]] = {
    "numpy": _restore_numpy,
    "pandas": restore_pandas,
    "sklearn.metrics": restore_metrics,
    **dict.fromkeys(_ESTIMATORS, restore_estimators),
}
"""By module: what gives it its old names."""


class _Finder(MetaPathFinder):
    """Comes first: it lets the others find a module, and restores its names after its import."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a module that has moved or is to be changed, None for all others."""
        if name in _MOVED:
            return ModuleSpec(name, _MovedLoader())
        if name not in _PATCHES:
            return None
        specs = (finder.find_spec(name, path, target) for finder in sys.meta_path if finder is not self)
        spec = next((spec for spec in specs if spec is not None), None)
        if spec is not None and spec.loader is not None:
            _restore_after(spec.loader, _PATCHES[name])
        return spec


class _MovedLoader(Loader):
    """Imports the module from where it is now."""

    def create_module(self, spec: ModuleSpec) -> None:
        """Python's own way to make a module."""

    def exec_module(self, module: ModuleType) -> None:
        """Put the other module in the place of this one."""
        sys.modules[module.__name__] = import_module(_MOVED[module.__name__])


def _restore_after(loader: Any, patch: Callable[[Any], None]) -> None:
    execute = loader.exec_module

    def execute_and_restore(module: ModuleType) -> None:
        execute(module)
        patch(module)

    loader.exec_module = execute_and_restore
