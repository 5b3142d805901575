"""What of the preprocessing a spec may choose, and what fits an estimator where it does not."""

from typing import Any, Literal, get_args

from pydantic import Field
from sklearn.base import BaseEstimator
from sklearn.utils import get_tags

from sweepflow.data.prepared import PreparedData
from sweepflow.fields.model import SpecModel
from sweepflow.training.encoding import (
    Encoding,
    encoding_for,
    is_of_trees,
    most_categories,
    takes_categories,
)
from sweepflow.trials.parameters import Parameters

Numbers = Literal["native", "imputed", "scaled"]
"""With gaps as NaN; with the training rows' medians in their place; or these, with mean 0 and deviation 1."""


class Preprocess(SpecModel, title="preprocess"):
    """How columns reach the estimator; what is left out is what fits it."""

    categories: Encoding | None = Field(
        default=None,
        description="native: as they are, for gradient boosting that takes them; ordinal: a code for each; "
        "one_hot: a column for each; sparse: the same in less memory.",
    )
    numbers: Numbers | None = Field(
        default=None,
        description="Booleans, dates and times too. native: with gaps, for an estimator that takes them; "
        "imputed: gaps filled with the median; scaled: that, with mean 0 and standard deviation 1.",
    )

    def __str__(self) -> str:
        """Its fields as in a spec."""
        return ", ".join(f"{name}: {value}" for name, value in self)


_TYPES = {"categories": Encoding, "numbers": Numbers}

FIELDS = frozenset(_TYPES)
"""What of the preprocessing can be named in the search space, after `preprocess__`."""


def fitting(
    estimator: BaseEstimator, data: PreparedData, parameters: Parameters, wish: Preprocess | None
) -> tuple[Preprocess, Parameters]:
    """How this data reaches the estimator, every field filled in, and the parameters of single steps.

    The parameters are those of the preprocessing, without their prefix; what they say of a field counts
    more than the wish, and what neither says is such that each step they name is there.
    """
    named = {name: value for name, value in parameters.items() if name in FIELDS and value is not None}
    steps = {name: value for name, value in parameters.items() if name not in FIELDS}
    wish = (wish or Preprocess()).model_copy(update=named)
    categories = wish.categories or encoding_for(estimator, data, steps)
    limit = most_categories(estimator)
    if categories == "native" and data.categorical and limit is not None:
        asked: Any = steps.get("categorical__encode__max_categories") or limit
        steps["categorical__encode__max_categories"] = min(asked, limit)
    return Preprocess(categories=categories, numbers=wish.numbers or _numbers_for(estimator, steps)), steps


def _numbers_for(estimator: BaseEstimator, steps: Parameters) -> Numbers:
    names = [name.partition("__")[2] for name in steps if not name.startswith("categorical__")]
    if not is_of_trees(estimator) or any(name.startswith("scale") for name in names):
        return "scaled"
    fills_gaps = any(name.startswith("impute") for name in names)
    return "imputed" if fills_gaps or not takes_gaps(estimator) else "native"


def takes_gaps(estimator: BaseEstimator) -> bool:
    """Whether the estimator takes NaN for what is missing."""
    return takes_categories(estimator) or bool(get_tags(estimator).input_tags.allow_nan)


def possible(estimator: BaseEstimator, field: str) -> tuple[str, ...]:
    """The values of a field of `Preprocess` that the estimator can learn from."""
    values: tuple[str, ...] = get_args(_TYPES[field])
    lacks = {
        "native": not (takes_gaps(estimator) if field == "numbers" else takes_categories(estimator)),
        "sparse": not get_tags(estimator).input_tags.sparse,
    }
    return tuple(value for value in values if not lacks.get(value))
