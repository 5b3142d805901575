"""What the rows of a gate weigh, belong to, and follow, checked."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sweepflow.data.roles import Roles
from sweepflow.gating.decision import GateError
from sweepflow.metrics import Metric


def roles_of(
    n_rows: int,
    metric: Metric,
    weight: ArrayLike | None = None,
    group: ArrayLike | None = None,
    time: ArrayLike | None = None,
) -> Roles:
    """The roles of so many rows; GateError if they do not fit."""
    found: dict[str, NDArray[Any]] = {}
    for name, given in {"weight": weight, "group": group, "time": time}.items():
        if given is None:
            continue
        values = np.asarray(given)
        if values.shape != (n_rows,):
            raise GateError(f"{name} must have one value for each of {n_rows} rows, got shape {values.shape}")
        if n_missing := int(pd.isna(values).sum()):
            raise GateError(f"{name} must have no missing values, got {n_missing} of {n_rows}")
        found[name] = values
    if metric.own is not None and not metric.takes_weights:
        found.pop("weight", None)  # a function that takes no weights counts each row once
    if "weight" in found:
        found["weight"] = _weights(found["weight"], metric)
    for name in found.keys() & {"group", "time"}:
        found[name] = _codes(name, found[name])
    return Roles(**found)


def _weights(values: NDArray[Any], metric: Metric) -> NDArray[np.float64]:
    if not metric.takes_weights:
        raise GateError(f"{metric.name} takes no weights")
    try:
        weights = values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise GateError(f"weight must hold numbers: {error}") from error
    if not np.isfinite(weights).all() or weights.min() < 0 or not weights.any():
        raise GateError("weight must hold finite numbers from 0 on, and one above 0")
    return weights


def _codes(name: str, values: NDArray[Any]) -> NDArray[np.int64]:
    try:
        return np.unique(values, return_inverse=True)[1].astype(np.int64)
    except TypeError as error:
        raise GateError(f"{name} must hold values of one kind: {error}") from error
