"""How to write the parts of a model that skops cannot write by itself: without what only fitting needs.

Import it before skops writes a model: it registers these types with skops, wherever in a model they are.
"""

import sys
from copy import copy
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.feature_selection._univariate_selection import _BaseFilter
from sklearn.metrics._scorer import _PassthroughScorer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder
from skops.io._general import function_get_state, object_get_state
from skops.io._utils import _get_state

from sweepflow.errors import SweepflowError

_MANY_TEXTS, _MOST_LETTERS = 1000, 50
"""Of so many categories, which are no longer than that, an encoder is written in another form."""


class NotWritable(SweepflowError):
    """A part of a model cannot be written; the message says which, and what to do."""


@_get_state.register(HistGradientBoostingClassifier)  # type: ignore[untyped-decorator]
@_get_state.register(HistGradientBoostingRegressor)  # type: ignore[untyped-decorator]
def _boosting_state(model: Any, context: Any) -> Any:
    """A booster without the two references to itself that early stopping by a scorer leaves in it."""
    written = copy(model)
    vars(written).pop("_raw_predict", None)  # its own method, put back after it had been replaced
    if isinstance(getattr(model, "_scorer", None), _PassthroughScorer):
        written._scorer = None  # that holds the model
    return object_get_state(written, context)


@_get_state.register(FunctionTransformer)  # type: ignore[untyped-decorator]
def _transformer_state(transformer: Any, context: Any) -> Any:
    """A transformer with the plain function for a partial one, as boosting of categories has in a step."""
    function = transformer.func
    if not isinstance(function, partial) or function.args:
        return object_get_state(transformer, context)
    written = copy(transformer)
    written.func = function.func
    written.kw_args = {**function.keywords, **(transformer.kw_args or {})}
    return object_get_state(written, context)


@_get_state.register(_BaseFilter)  # type: ignore[untyped-decorator]
def _filter_state(selection: Any, context: Any) -> Any:
    """A column selection with the plain score function in place of a partial one: it is fitted already."""
    if not isinstance(selection.score_func, partial):
        return object_get_state(selection, context)
    written = copy(selection)
    written.score_func = selection.score_func.func
    return object_get_state(written, context)


@_get_state.register(OneHotEncoder)  # type: ignore[untyped-decorator]
@_get_state.register(OrdinalEncoder)  # type: ignore[untyped-decorator]
def _encoder_state(encoder: Any, context: Any) -> Any:
    """An encoder with many categories as text of one width: as objects each takes 400 bytes of the file."""
    if not hasattr(encoder, "categories_"):
        return object_get_state(encoder, context)
    written = copy(encoder)
    written.categories_ = [_of_fixed_width(categories) for categories in encoder.categories_]
    return object_get_state(written, context)


def _of_fixed_width(categories: Any) -> Any:
    is_many = categories.dtype == object and len(categories) > _MANY_TEXTS
    if not is_many or not all(isinstance(each, str) and len(each) <= _MOST_LETTERS for each in categories):
        return categories
    return np.array(categories, dtype=np.str_)


@_get_state.register(BaseSearchCV)  # type: ignore[untyped-decorator]
def _search_state(search: Any, context: Any) -> Any:
    """A search with its distributions as text: loading scipy's would run code from the file."""
    if not hasattr(search, "param_distributions"):
        return object_get_state(search, context)
    written = copy(search)
    written.param_distributions = _without_distributions(search.param_distributions)
    return object_get_state(written, context)


def _without_distributions(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_distributions(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_distributions(item) for item in value]
    if not hasattr(value, "rvs"):
        return value
    if not hasattr(value, "dist"):
        return repr(value)
    keywords = (f"{name}={argument!r}" for name, argument in value.kwds.items())
    return f"{value.dist.name}({', '.join([*map(repr, value.args), *keywords])})"


@_get_state.register(FunctionType)  # type: ignore[untyped-decorator]
def _function_state(function: Any, context: Any) -> Any:
    """A function as its module and name, from which it is loaded; NotWritable if that does not lead to it."""
    module = sys.modules.get(function.__module__)
    if getattr(module, function.__name__, None) is not function:
        kind = "a lambda" if function.__name__ == "<lambda>" else f"the function '{function.__qualname__}'"
        raise NotWritable(
            f"it holds {kind}, which cannot be found by a name in the module '{function.__module__}': "
            "define a function with a name at the top of the module"
        )
    return function_get_state(function, context)
