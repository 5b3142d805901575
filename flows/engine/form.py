"""The form that Prefect's UI shows for a flow, with titles, descriptions and order from a model."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_type_hints

from prefect import Flow
from prefect.utilities.callables import collapse_variadic_parameters
from pydantic import BaseModel, Field
from pydantic_core import PydanticUndefined

Fields = Mapping[str, Any]
"""A part of a spec as in a YAML file, which a caller may pass instead of the model."""

_FURTHER = inspect.Parameter.VAR_KEYWORD

_Function = TypeVar("_Function", bound=Callable[..., Any])


def form(model: type[BaseModel]) -> Callable[[_Function], _Function]:
    """Make the form show the decorated function's parameters as the fields of this model.

    A call may then leave out a parameter without a default: the model reports it, in better words than a
    TypeError. `passed` drops such parameters.
    """

    def decorate(function: _Function) -> _Function:
        signature, hints = inspect.signature(function), get_type_hints(model, include_extras=True)
        parameters = [
            parameter if parameter.kind is _FURTHER else _as_field(parameter, model, hints[name])
            for name, parameter in signature.parameters.items()
        ]
        # Prefect reads the schema and the defaults from here; it takes the title from nowhere else.
        function.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        return function

    return decorate


def passed(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that were passed to the call or have a default."""
    return {name: value for name, value in parameters.items() if value is not PydanticUndefined}


def takes_further(flow: Flow[..., Any]) -> None:
    """Let a run of the flow's deployment have parameters that its form does not show."""

    def gathered(parameters: dict[str, Any]) -> dict[str, Any]:
        return collapse_variadic_parameters(flow.fn, parameters)

    # Prefect asks for the validated parameters before it calls the function with them.
    flow.should_validate_parameters = True
    flow.validate_parameters = gathered  # type: ignore[method-assign]
    # Prefect makes the form from the signature of the flow, and binds a call to that of its function.
    signature = inspect.signature(flow.fn)
    shown = [each for each in signature.parameters.values() if each.kind is not _FURTHER]
    flow.__signature__ = signature.replace(parameters=shown)  # type: ignore[attr-defined]


def _as_field(parameter: inspect.Parameter, model: type[BaseModel], hint: Any) -> inspect.Parameter:
    name, field = parameter.name, model.model_fields[parameter.name]
    field_in_form = Field(
        default=PydanticUndefined if parameter.default is parameter.empty else parameter.default,
        description=field.description,
        json_schema_extra={
            "title": field.title or _title(name),
            "position": list(model.model_fields).index(name),
        },
    )
    return parameter.replace(default=field_in_form, annotation=hint)


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()
