"""Estimators that split their training rows at random, without regard to groups and times."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sklearn.base import BaseEstimator

from sweepflow.data.source import DataSource
from sweepflow.training.boosters import Booster
from sweepflow.training.early_stopping import MOST_ROWS_WITHOUT_STOPPING, takes_held_out_rows

__all__ = ["inner_split_notices"]

_SWITCHES = ("early_stopping", "n_iter_no_change")
"""What says whether an estimator stops early; where there are both, the second only says when."""
_CHAINS = ("ClassifierChain", "RegressorChain")
"""With `cv: null` they split nothing: each target is learned from the true values of those before."""


def inner_split_notices(
    estimator: Any, steps: Sequence[tuple[str, Any]], drawn: Collection[str], data: DataSource | None
) -> Iterator[str]:
    """Notices of estimators that split their rows inside of a fit, if the data has a group or a time.

    `drawn` are the names of the search space.
    """
    if data is None or not (data.group or data.time) or isinstance(estimator, Booster):
        return
    role = "data.group" if data.group else "data.time"
    told = set()
    for place, each in [("", estimator), *_parts(estimator), *steps]:
        reason = _reason(each, place, drawn)
        if reason and reason not in told:
            told.add(reason)
            yield f"{role}: {type(each).__name__} {reason}, without regard to it"


def _reason(estimator: Any, place: str, drawn: Collection[str]) -> str | None:
    """What it does with its rows; None if it splits none, or if early stopping is given rows of our own."""
    if not isinstance(estimator, BaseEstimator):
        return None
    parameters: Mapping[str, Any] = estimator.get_params(deep=False)
    beginning = f"{place}__" if place else ""
    is_chain_of_truth = type(estimator).__name__ in _CHAINS and parameters["cv"] is None
    has_folds = parameters.get("cv", "prefit") != "prefit" and not is_chain_of_truth
    if has_folds or f"{beginning}cv" in drawn:
        return "splits its training rows at random (cv)"
    if takes_held_out_rows(estimator) and not place:
        return None
    switch = next((name for name in _SWITCHES if name in parameters), None)
    if switch is None:
        return None
    is_on = parameters[switch] not in (None, False) or f"{beginning}{switch}" in drawn
    when = f", on more than {MOST_ROWS_WITHOUT_STOPPING:,} rows," if parameters[switch] == "auto" else ""
    return f"stops early{when} by training rows that it draws at random ({switch})" if is_on else None


def _parts(estimator: Any) -> list[tuple[str, Any]]:
    """The estimators inside of this one, by the names of their places."""
    if not isinstance(estimator, BaseEstimator):
        return []
    inner = estimator.get_params(deep=True).items()
    return [(name, value) for name, value in inner if isinstance(value, BaseEstimator)]
