"""Unions of models whose member is chosen by the field `type`."""

from collections.abc import Iterable, Mapping
from typing import Any, cast, get_args

from pydantic import (
    BaseModel,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from sweepflow.base.printable import brief
from sweepflow.fields.model import validate
from sweepflow.fields.nearest import suggestion
from sweepflow.fields.problems import got


class AnyOf:
    """Makes the schema of an annotated union a plain `anyOf`, which a form shows member by member."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        published = handler(schema)
        members = published.pop("oneOf", None)
        published.pop("discriminator", None)
        return published if members is None else {**published, "anyOf": members}


class ByType:
    """Makes `Annotated[A | B, ByType()]` a union whose member is chosen by the field `type`.

    The type may be written in any letter case, and a bare string stands for a mapping with that type
    alone. The published schema is a plain `anyOf`, members with the fewest fields first: a form shows
    `oneOf` with a discriminator as bare JSON, and selects the first member that fits.
    """

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        members = sorted(get_args(source) or (source,), key=lambda member: len(member.model_fields))
        by_type = {_type_of(member): member for member in members}
        choices = {f"<{name}>": _member_schema(member, handler) for name, member in by_type.items()}

        def choose(value: object) -> object:
            return _with_type(by_type, value)

        union = core_schema.tagged_union_schema(choices, discriminator=_tag)
        return core_schema.no_info_before_validator_function(choose, union)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.BeforeValidatorFunctionSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        union = cast(core_schema.TaggedUnionSchema, schema["schema"])  # built above
        members = [handler(choice) for choice in union["choices"].values()]
        return {"anyOf": members}


def _member_schema(member: type[BaseModel], handler: GetCoreSchemaHandler) -> CoreSchema:
    def validated(value: object, inner: Any) -> Any:
        return validate(member, value, inner)

    return core_schema.no_info_wrap_validator_function(validated, handler.generate_schema(member))


def _type_of(member: type[BaseModel]) -> str:
    return str(get_args(member.model_fields["type"].annotation)[0])


def _tag(value: Any) -> str:
    # No field or name contains angle brackets, so the tag differs from any part of the user's path.
    return f"<{value['type'] if isinstance(value, Mapping) else value.type}>"


def _with_type(by_type: Mapping[str, type[BaseModel]], value: object) -> object:
    if isinstance(value, tuple(by_type.values())):
        return value
    if isinstance(value, str):
        return {"type": _known_type(value, by_type)}
    if not isinstance(value, Mapping):
        raise _refusal(
            "type_mapping", f"must be a mapping with a type ({', '.join(by_type)}), got {brief(value)}"
        )
    try:
        return {**value, "type": _known_type(value.get("type"), by_type)}
    except PydanticCustomError as error:
        details = InitErrorDetails(type=error, loc=("type",), input=value.get("type"))
        raise ValidationError.from_exception_data("type", [details]) from None


def _known_type(name: object, known: Iterable[str]) -> str:
    if name is None:
        raise _refusal("missing_type", f"is required; known: {', '.join(known)}")
    if not isinstance(name, str):
        raise _refusal("type_type", f"must be a string ({', '.join(known)}), got {brief(name)}")
    if name.lower() not in known:
        raise _refusal("unknown_type", f"unknown type {got(name)}; {suggestion(name, known)}")
    return name.lower()


def _refusal(kind: str, message: str) -> PydanticCustomError:
    return PydanticCustomError(kind, "{message}", {"message": message})
