"""The booster that a path in a spec names."""

import difflib
import importlib

from sweepflow.errors import TrialError
from sweepflow.training.boosters.booster import Booster
from sweepflow.training.boosters.of_catboost import CatBoostClassifier, CatBoostRegressor
from sweepflow.training.boosters.of_lightgbm import LGBMClassifier, LGBMRegressor
from sweepflow.training.boosters.of_xgboost import XGBClassifier, XGBRegressor

_ALL: tuple[type[Booster], ...] = (
    *(XGBClassifier, XGBRegressor),
    *(LGBMClassifier, LGBMRegressor),
    *(CatBoostClassifier, CatBoostRegressor),
)
_BY_PATH = {f"{booster.names.package}.{booster.__name__}": booster for booster in _ALL}
_PACKAGES = frozenset(booster.names.package for booster in _ALL)
_OWN_MODULES = (".sklearn.", ".core.")
"""Where the libraries define what they show at their top."""
_MISSPELT = 0.9
"""From this similarity on, a path counts as a misspelt one."""
_AS_A_FOREST = (
    "{n_estimators: 1, num_parallel_tree: 100, learning_rate: 1, subsample: 0.8, colsample_bynode: 0.8, "
    "reg_lambda: 0.00001}"
)
"""The parameters of XGBoost's boosters with which they are what it calls a random forest."""


def booster_class(path: str, *, must_be_one: bool = True) -> type[Booster] | None:
    """The booster of that path; None if it lies in no such library.

    TrialError if the library is not installed, or, if it `must_be_one`, has no such booster.
    """
    package = path.partition(".")[0]
    if package not in _PACKAGES:
        return None
    for module in _OWN_MODULES:
        path = path.replace(module, ".")
    found = _BY_PATH.get(path)
    if found is None:
        if not must_be_one:
            return None
        raise TrialError(_refusal(path, package))
    try:
        importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise TrialError(f"'{path}' cannot be imported: {error}") from error
        raise TrialError(f"{package} is not installed: pip install 'sweepflow[boosting]'") from error
    except Exception as error:  # a library of the system's is missing, say
        raise TrialError(f"'{path}' cannot be imported: {error}") from error
    return found


def _refusal(path: str, package: str) -> str:
    """Why that path of the package names no booster, and what to use."""
    own = [each for each in _BY_PATH if each.startswith(package)]
    if path.endswith("Ranker"):
        return f"'{path}' ranks the rows of each group, which no trial here does; train it in a function"
    if path.startswith("xgboost.XGBRF"):
        boosted = path.replace("XGBRF", "XGB")
        return f"'{path}' is a forest: use {boosted} with parameters {_AS_A_FOREST}, which is the same"
    near = difflib.get_close_matches(path, _BY_PATH, n=1, cutoff=_MISSPELT)
    return f"there is no booster '{path}'; did you mean {' or '.join(near or own)}?"
