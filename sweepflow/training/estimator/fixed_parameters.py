"""The fixed parameters of an estimator: values that JSON can write."""

from typing import Annotated, Any

from pydantic import AfterValidator

from sweepflow.fields.bounds import as_python, as_recorded, bound_problems


def _plain(parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters as they come back from JSON, in which the ledger keeps them."""
    _refuse_too_large(parameters)
    plain = as_python(parameters)
    _refuse_too_large(plain)  # of arrays too
    return dict(as_recorded(plain))


def _refuse_too_large(parameters: dict[str, Any]) -> None:
    for path, fault in bound_problems(parameters):
        raise ValueError(f"{path} {fault}" if path else fault)


FixedParameters = Annotated[dict[str, Any], AfterValidator(_plain)]
"""By name."""
