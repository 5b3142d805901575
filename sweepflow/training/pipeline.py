"""A model of raw columns: the preprocessing, the steps after it and the estimator, fitted one by one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sklearn import config_context
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

from sweepflow.data.roles import Roles
from sweepflow.trials.parameters import Parameters

if TYPE_CHECKING:
    import pandas as pd


def pipeline(
    preprocess: ColumnTransformer, estimator: Any, steps: Sequence[tuple[str, Any]] = ()
) -> Pipeline:
    """The preprocessing, the steps after it and the estimator as one model of raw columns."""
    return Pipeline([("preprocess", preprocess), *steps, ("estimator", estimator)])


def fit_step(step: Any, features: Any, target: Any, roles: Roles) -> Any:
    """What a transformer makes of these rows, fitted on them; it counts each by its weight if it can."""
    weights = roles.fit_parameters if has_fit_parameter(step, "sample_weight") else {}
    return step.fit_transform(features, target, **weights)


def fit_preprocess(
    preprocess: ColumnTransformer, table: "pd.DataFrame", target: Any, roles: Roles, gap: int | str
) -> Any:
    """What the preprocessing makes of these rows, fitted on them by their roles and the validation's gap."""
    if roles.are_none:
        return preprocess.fit_transform(table, target)
    given = {**roles.fit_parameters, "roles": roles, "gap": gap}
    with config_context(enable_metadata_routing=True):
        taken = preprocess.get_metadata_routing().consumes("fit_transform", given)
        return preprocess.fit_transform(table, target, **{name: given[name] for name in taken})


def fit_transformers(
    model: Pipeline, table: "pd.DataFrame", target: Any, roles: Roles, gap: int | str
) -> Any:
    """What the model's estimator learns from: these rows, after the steps before it, which are fitted."""
    features = fit_preprocess(model.steps[0][1], table, target, roles, gap)
    return fit_steps(model, features, target, roles)


def fit_steps(model: Pipeline, features: Any, target: Any, roles: Roles) -> Any:
    """What the steps after the model's preprocessing make of these features, fitted on them."""
    for _, step in model.steps[1:-1]:
        features = fit_step(step, features, target, roles)
    return features


def columns_of_text(model: Any) -> list[str]:
    """The columns whose numbers the model reads from text; empty for a model that is not of this form."""
    preprocess = getattr(model, "named_steps", {}).get("preprocess")
    numeric = getattr(preprocess, "named_transformers_", {}).get("numeric")
    formats = getattr(getattr(numeric, "named_steps", {}).get("plain"), "formats", None) or {}
    return [name for name, how in formats.items() if "picture" in how]


def split_names(parameters: Parameters) -> tuple[Parameters, Parameters]:
    """The parameters of the preprocessing (`preprocess__...`, without that prefix), and the estimator's."""
    prefix = "preprocess__"
    own = {name: value for name, value in parameters.items() if not name.startswith(prefix)}
    preprocessing = {name.removeprefix(prefix): parameters[name] for name in parameters if name not in own}
    return preprocessing, own
