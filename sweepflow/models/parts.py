"""How the parts of a model are written that skops cannot write by itself: without what only fitting needs.

To be imported before skops writes a model: it tells skops what to do with these types, wherever in a model
they are.
"""

import sys
from copy import copy
from functools import partial
from types import FunctionType
from typing import Any

from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.feature_selection._univariate_selection import _BaseFilter
from sklearn.metrics._scorer import _PassthroughScorer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.preprocessing import FunctionTransformer
from skops.io._general import function_get_state, object_get_state
from skops.io._utils import _get_state

from sweepflow.errors import SweepflowError


class NotWritable(SweepflowError):
    """A part of a model cannot be written; the message says which, and what to do."""


@_get_state.register(HistGradientBoostingClassifier)  # type: ignore[untyped-decorator]
@_get_state.register(HistGradientBoostingRegressor)  # type: ignore[untyped-decorator]
def _boosting_state(model: Any, context: Any) -> Any:
    """A booster without the two ways in which early stopping by a scorer makes it refer to itself."""
    written = copy(model)
    vars(written).pop("_raw_predict", None)  # its own method, put back after it had been replaced
    if isinstance(getattr(model, "_scorer", None), _PassthroughScorer):
        written._scorer = None  # that holds the model
    return object_get_state(written, context)


@_get_state.register(FunctionTransformer)  # type: ignore[untyped-decorator]
def _transformer_state(transformer: Any, context: Any) -> Any:
    """A transformer by a partial function, as one by the function; boosting of categories has such a step."""
    function = transformer.func
    if not isinstance(function, partial) or function.args:
        return object_get_state(transformer, context)
    written = copy(transformer)
    written.func = function.func
    written.kw_args = {**function.keywords, **(transformer.kw_args or {})}
    return object_get_state(written, context)


@_get_state.register(_BaseFilter)  # type: ignore[untyped-decorator]
def _filter_state(chosen: Any, context: Any) -> Any:
    """A choice of columns by a partial function, as one by the function: it has been made."""
    if not isinstance(chosen.score_func, partial):
        return object_get_state(chosen, context)
    written = copy(chosen)
    written.score_func = chosen.score_func.func
    return object_get_state(written, context)


@_get_state.register(BaseSearchCV)  # type: ignore[untyped-decorator]
def _search_state(search: Any, context: Any) -> Any:
    """A search with its distributions as text: loading those of scipy would run text from the file."""
    if not hasattr(search, "param_distributions"):
        return object_get_state(search, context)
    written = copy(search)
    written.param_distributions = _without_distributions(search.param_distributions)
    return object_get_state(written, context)


def _without_distributions(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_distributions(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_distributions(each) for each in value]
    if not hasattr(value, "rvs"):
        return value
    if not hasattr(value, "dist"):
        return repr(value)
    named = (f"{name}={given!r}" for name, given in value.kwds.items())
    return f"{value.dist.name}({', '.join([*map(repr, value.args), *named])})"


@_get_state.register(FunctionType)  # type: ignore[untyped-decorator]
def _function_state(function: Any, context: Any) -> Any:
    """A function as its module and name, by which it can be found again."""
    module = sys.modules.get(function.__module__)
    if getattr(module, function.__name__, None) is not function:
        kind = "a lambda" if function.__name__ == "<lambda>" else f"the function '{function.__qualname__}'"
        raise NotWritable(
            f"it holds {kind}, which cannot be found by a name in the module '{function.__module__}': "
            "define a function with a name at the top of the module"
        )
    return function_get_state(function, context)
