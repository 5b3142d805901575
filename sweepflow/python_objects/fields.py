"""The fields of a spec for what a Python caller has passed."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from sweepflow.errors import Problem, SpecError
from sweepflow.python_objects.functions import function_fields

_TABLES = ("path", "train", "validation", "test")


def plain_fields(
    positional: Sequence[Any], fields: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The same arguments, with fields of a spec in place of objects.

    A DataFrame may be the first argument, `data`, or a table in `data`; it comes with `target`. An estimator
    or a function may be `trial`, or be named by `estimator` or `function`. SpecError if one cannot be used.
    """
    plain = dict(fields)
    positional = tuple(positional)
    if positional and _is_frame(positional[0]):
        if "data" in plain or len(positional) > 1:
            problem = "a DataFrame is the only argument without a name: give the others theirs"
            raise SpecError([Problem("data", problem)])
        plain["data"], positional = positional[0], ()
    _replace_data(plain)
    for name in ("estimator", "function"):
        if name in plain:
            if "trial" in plain:
                raise SpecError([Problem(name, f"must be left out beside trial: write it as trial.{name}")])
            plain["trial"] = {name: plain.pop(name)}
    if "trial" in plain:
        plain["trial"] = _trial(plain["trial"])
    first = (_trial(positional[0]), *positional[1:]) if positional else ()
    return first, plain


def _replace_data(fields: dict[str, Any]) -> None:
    data, target = fields.get("data"), fields.pop("target", None)
    if _is_frame(data):
        if target is None:
            raise SpecError([Problem("target", "is required beside a DataFrame: name its column to predict")])
        fields["data"] = {"path": _saved(data, "data"), "target": target}
    elif target is not None:
        raise SpecError([Problem("target", "stands in data: data={'path': ..., 'target': ...}")])
    elif isinstance(data, Mapping):
        tables = {name: data[name] for name in _TABLES if _is_frame(data.get(name))}
        paths = {name: _saved(table, f"data.{name}") for name, table in tables.items()}
        fields["data"] = {**data, **paths} if paths else data


def _trial(trial: Any) -> Any:
    if _is_estimator(trial):
        return _estimator_fields(trial, "trial")
    if _is_function(trial):
        return function_fields(trial)
    if not isinstance(trial, Mapping):
        return trial
    estimator, function = trial.get("estimator"), trial.get("function")
    if function is not None and _is_function(function):
        return {**trial, **function_fields(function)}
    if isinstance(estimator, type):
        estimator = estimator()
    if _is_estimator(estimator):
        own = _estimator_fields(estimator, "trial.estimator")
        parameters = {**own.get("parameters", {}), **trial.get("parameters", {})}
        return {**trial, **own, "parameters": parameters}
    return trial


def _is_frame(value: Any) -> bool:
    # Whoever has a DataFrame has imported pandas; others need not wait for it.
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def _is_estimator(value: Any) -> bool:
    return not isinstance(value, type) and hasattr(value, "get_params") and hasattr(value, "fit")


def _is_function(value: Any) -> bool:
    return callable(value) and not isinstance(value, type) and not _is_estimator(value)


def _saved(frame: Any, field: str) -> str:
    from sweepflow.python_objects.frames import saved

    return saved(frame, field)


def _estimator_fields(estimator: Any, field: str) -> dict[str, Any]:
    from sweepflow.python_objects.estimators import estimator_fields

    return estimator_fields(estimator, field)
