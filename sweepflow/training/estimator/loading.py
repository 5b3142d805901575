"""The class of an estimator, by its path: a classifier or a regressor of a package that is allowed."""

import difflib
import importlib
import re
from inspect import Parameter, signature
from typing import Any

from sklearn.base import BaseEstimator, RegressorMixin, is_classifier, is_regressor
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import _BaseComposition

from sweepflow.base.settings import estimator_packages
from sweepflow.errors import TrialError
from sweepflow.importing.user_modules import use_module_folders
from sweepflow.training.boosters import booster_class
from sweepflow.training.estimator.forms import is_sklearns
from sweepflow.training.parameter_constraints import constraints_of

_CLOSED = re.compile(r"__.*|.*\W.*|\d.*|tests|conftest|", re.DOTALL)
"""What no part of an estimator's path may be; importing the tests of a package may run anything."""

NAMED_PARTS = ("estimators", "transformer_list", "steps")
_GRIDS = ("param_grid", "param_distributions")
_EXPERIMENTAL = {
    "IterativeImputer": "enable_iterative_imputer",
    "HalvingGridSearchCV": "enable_halving_search_cv",
    "HalvingRandomSearchCV": "enable_halving_search_cv",
}
"""What scikit-learn shows only after that module has been imported."""


def estimator_class(path: str) -> type[BaseEstimator]:
    """The class; TrialError if the path is not that of an allowed classifier or regressor."""
    loaded = part_class(path)
    try:
        instance = bare(loaded)
        can_predict = is_classifier(instance) or is_regressor(instance)
    except Exception as error:  # it has no defaults, or fails with them
        # A wrapper of scikit-learn's without an estimator has a long message that is not about the spec.
        reason = "it wraps another estimator" if isinstance(error, AttributeError) else str(error)
        fault = f"'{path}' cannot be made from parameters alone: {reason}"
        raise TrialError(f"{fault}; train it in a function") from error
    if not can_predict:
        raise TrialError(f"'{path}' is neither a classifier nor a regressor")
    return loaded


def bare(cls: type[BaseEstimator]) -> Any:
    """An instance with the defaults; a dummy in the place of the estimator that one is required to have.

    TypeError for a class that requires something else.
    """
    return cls(**{name: _stand_in(cls, name) for name in required(cls) if _is_part_of(cls, name)})


def required(cls: type[BaseEstimator]) -> list[str]:
    """The parameters that must be given: those without a default, and an estimator where None will not do."""
    named = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    parameters = [each for each in signature(cls).parameters.values() if each.kind in named]
    without_default = [each.name for each in parameters if each.default is Parameter.empty]
    if without_default:
        return without_default
    try:
        get_tags(cls())
    except AttributeError:  # None has no tags
        return [each.name for each in parameters if wants_estimator(cls, each.name)]
    return []


def wants_estimator(cls: type, name: str) -> bool:
    """Whether the parameter takes an estimator."""
    return any("fit" in getattr(each, "methods", ()) for each in constraints_of(cls, name))


def wants_function(cls: type, name: str) -> bool:
    """Whether the parameter takes a function."""
    return any(each.is_satisfied_by(abs) for each in constraints_of(cls, name))


def wants_named_parts(cls: type, name: str) -> bool:
    """Whether the parameter takes a list of estimators with names."""
    return name in NAMED_PARTS and issubclass(cls, _BaseComposition)


def _is_part_of(cls: type, name: str) -> bool:
    return wants_estimator(cls, name) or wants_named_parts(cls, name) or name in _GRIDS


def _stand_in(cls: type, name: str) -> Any:
    if wants_named_parts(cls, name):
        return [("stand_in", DummyClassifier())] if cls is Pipeline else []
    if name in _GRIDS:
        return {}
    return DummyRegressor() if issubclass(cls, RegressorMixin) else DummyClassifier()


def part_class(path: str) -> type[BaseEstimator]:
    """The class of an estimator of any kind; TrialError if the path is not that of an allowed one."""
    module_name, _, name = path.rpartition(".")
    packages = estimator_packages()
    booster = booster_class(path, must_be_one=module_name.partition(".")[0] not in packages)
    if booster is not None:
        return booster
    if module_name.partition(".")[0] not in packages:
        raise TrialError(f"must lie in {' or '.join(packages)}, got '{path}'{_nearest(name)}")
    if any(_CLOSED.fullmatch(part) for part in path.split(".")):
        raise TrialError(f"must be the path of a class, got '{path}'")
    try:
        if not is_sklearns(path):
            use_module_folders(module_name)
        elif name in _EXPERIMENTAL:
            importlib.import_module(f"sklearn.experimental.{_EXPERIMENTAL[name]}")
        loaded = getattr(importlib.import_module(module_name), name, None)
    except ModuleNotFoundError as error:
        raise TrialError(f"there is no '{path}' ({error}){_nearest(name)}") from error
    except Exception as error:  # it exists, but something that it needs is missing or broken
        reason = str(error) or type(error).__name__
        raise TrialError(f"'{path}' cannot be imported: {reason}") from error
    if loaded is None:
        raise TrialError(f"there is no '{path}'{_nearest(name)}")
    if not (isinstance(loaded, type) and issubclass(loaded, BaseEstimator) and hasattr(loaded, "fit")):
        hint = " of scikit-learn's kind; train it in a function" if hasattr(loaded, "predict") else ""
        raise TrialError(f"'{path}' is not an estimator{hint}")
    return loaded


def _nearest(name: str) -> str:
    from sklearn.utils import all_estimators  # here, because it imports all of scikit-learn

    paths = {known: cls.__module__.split("._")[0] for known, cls in all_estimators()}
    near = difflib.get_close_matches(name, paths, n=1, cutoff=0.75)
    return f"; did you mean {paths[near[0]]}.{near[0]}?" if near else ""
