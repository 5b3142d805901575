"""A flow that a Python caller may pass objects: a DataFrame, an estimator, a function of a notebook."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from prefect import Flow

from sweepflow.flows.engine.server.embedded import start_server
from sweepflow.python_objects import plain_fields

if TYPE_CHECKING:
    import pandas as pd

P = ParamSpec("P")
R = TypeVar("R")


class ObjectFlow(Flow[P, R]):
    """Replaces objects by fields of the spec before the flow run begins: Prefect gets paths, never data.

    A deployment's parameters do not come through here.
    """

    if TYPE_CHECKING:

        @overload  # type: ignore[override]
        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...
        @overload
        def __call__(self, data: "pd.DataFrame", **fields: Any) -> R: ...
        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            """Run the flow."""

    else:

        def __call__(self, *positional, **fields):
            """Run the flow with the fields of the spec that these arguments are."""
            start_server()
            positional, fields = plain_fields(positional, fields)
            return super().__call__(*positional, **fields)


def object_flow(**options: Any) -> Callable[[Callable[P, R]], ObjectFlow[P, R]]:
    """A decorator as Prefect's `flow`, with its options."""

    def decorate(function: Callable[P, R]) -> ObjectFlow[P, R]:
        return ObjectFlow(function, **options)

    return decorate
