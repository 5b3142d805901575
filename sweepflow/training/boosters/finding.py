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
        near = difflib.get_close_matches(path, _BY_PATH, n=1) or [
            p for p in _BY_PATH if p.startswith(package)
        ]
        raise TrialError(f"there is no booster '{path}'; did you mean {' or '.join(near)}?")
    try:
        importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise TrialError(f"'{path}' cannot be imported: {error}") from error
        raise TrialError(f"{package} is not installed: pip install 'sweepflow[boosting]'") from error
    except Exception as error:  # a library of the system's is missing, say
        raise TrialError(f"'{path}' cannot be imported: {error}") from error
    return found
