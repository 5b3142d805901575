"""The class of an estimator, by its path: a classifier or a regressor of a package that is allowed."""

import difflib
import importlib
import re

from sklearn.base import BaseEstimator, is_classifier, is_regressor

from sweepflow.base.settings import estimator_packages
from sweepflow.errors import TrialError
from sweepflow.importing.user_modules import use_module_folders
from sweepflow.training.boosters import booster_class

_CLOSED = re.compile(r"__.*|.*\W.*|\d.*|tests|conftest|", re.DOTALL)
"""What no part of an estimator's path may be; importing the tests of a package may run anything."""


def estimator_class(path: str) -> type[BaseEstimator]:
    """The class; TrialError if the path is not that of an allowed classifier or regressor."""
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
    try:
        instance = loaded()
        can_predict = is_classifier(instance) or is_regressor(instance)
    except Exception as error:  # it has no defaults, or fails with them
        # A wrapper of scikit-learn's without an estimator has a long message that is not about the spec.
        reason = "it wraps another estimator" if isinstance(error, AttributeError) else str(error)
        fault = f"'{path}' cannot be made from parameters alone: {reason}"
        raise TrialError(f"{fault}; train it in a function") from error
    if not can_predict:
        raise TrialError(f"'{path}' is neither a classifier nor a regressor")
    return loaded


def is_sklearns(path: str) -> bool:
    """Whether the estimator is one of scikit-learn's own."""
    return path.startswith("sklearn.")


def _nearest(name: str) -> str:
    from sklearn.utils import all_estimators  # here, because it imports all of scikit-learn

    paths = {known: cls.__module__.split("._")[0] for known, cls in all_estimators()}
    near = difflib.get_close_matches(name, paths, n=1, cutoff=0.75)
    return f"; did you mean {paths[near[0]]}.{near[0]}?" if near else ""
