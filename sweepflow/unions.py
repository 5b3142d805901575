"""Unions of models told apart by `type`, and what is wrong with a spec in the user's words."""

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from reprlib import Repr
from typing import Annotated, Any, NamedTuple, Self, TypeVar, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails, InitErrorDetails, PydanticCustomError, core_schema

from sweepflow.errors import Problem, SpecError


def no_boolean(value: object) -> object:
    """The value; an error if it is a boolean, which pydantic takes for 0 or 1."""
    if isinstance(value, bool):
        raise PydanticCustomError("number_type", "must be a number, got {value}", {"value": value})
    return value


def lowered(value: object) -> object:
    """The value, a string in lower case."""
    return value.lower() if isinstance(value, str) else value


Number = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(no_boolean)]
"""A finite number; `true` is none."""

WholeNumber = Annotated[int, BeforeValidator(no_boolean)]
"""A whole number; `true` is none."""


def _for_forms(schema: dict[str, Any]) -> None:
    """Let a form show what one types, the type, as the title, and before the other fields."""
    fields = schema["properties"]
    if "const" in fields.get("type", {}):
        kind = {"description": "What this is.", **fields["type"]}
        schema.update(title=kind["const"], properties={"type": kind} | fields | {"type": kind})


class SpecModel(BaseModel):
    """A frozen part of a spec, which refuses unknown fields and names the nearest known one."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_for_forms)

    @classmethod
    def parse(cls, fields: Mapping[str, Any]) -> Self:
        """The model with these fields; SpecError with all that is wrong with them."""
        try:
            return cls.model_validate(dict(fields))
        except ValidationError as error:
            raise SpecError(problems(error)) from error

    @model_validator(mode="wrap")
    @classmethod
    def _name_unknown_fields(cls, value: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return _validated(cls, value, handler)


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
    `oneOf` with a discriminator as bare JSON, and picks the first member that fits.
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
        union = schema["schema"]
        assert union["type"] == "tagged-union"
        members = [handler(choice) for choice in union["choices"].values()]
        return {"anyOf": members}


_ELSEWHERE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("low", "lower", "min", "minimum"), ("low", "min_value")),
    **dict.fromkeys(("high", "upper", "max", "maximum"), ("high", "max_value", "upper")),
    **dict.fromkeys(("mean", "loc"), ("mu",)),
    **dict.fromkeys(("std", "sd", "stddev", "scale"), ("sigma",)),
    **dict.fromkeys(("options", "choices", "categories"), ("values",)),
    "step": ("q",),
}
"""What other tuners call the fields of a search space."""


def suggestion(word: str, known: Iterable[str]) -> str:
    """`did you mean 'x'?` with the nearest of the known words, or all of them if none is near."""
    names = list(known)
    same = [name for name in _ELSEWHERE.get(word.lower(), ()) if name in names]
    near = same or difflib.get_close_matches(word.lower(), names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}"


def problems(error: ValidationError, prefix: str = "") -> list[Problem]:
    """The mistakes that pydantic found, by their paths in the spec, in the order found.

    `prefix` goes before every path. A value that fits no member of a plain union is one problem:
    "must be > 0 or 'e', got -1".
    """
    errors = error.errors(include_url=False)
    n_members = Counter(details["loc"][:-1] for details in errors if _is_member(details["loc"]))
    found: dict[str, list[_Fault]] = {}
    for details in errors:
        path = _path(details["loc"], is_alone=n_members[details["loc"][:-1]] == 1)
        found.setdefault(".".join(filter(None, (prefix, path))), []).append(_fault(details))
    return [Problem(path, message) for path, faults in found.items() for message in _messages(faults)]


_M = TypeVar("_M", bound=BaseModel)


class _Fault(NamedTuple):
    """`must be {rule}, got {value}`, or a sentence of its own."""

    sentence: str | None
    rule: str = ""
    value: str = ""


def _validated(model: type[_M], value: object, handler: Callable[[object], _M]) -> _M:
    try:
        return handler(value)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        if not any(_is_unknown_field(fault) for fault in faults):
            raise
        again = [_with_suggestion(model, fault) for fault in faults]
        raise ValidationError.from_exception_data(error.title, again) from None


def _is_unknown_field(fault: ErrorDetails) -> bool:
    return fault["type"] == "extra_forbidden" and len(fault["loc"]) == 1


def _with_suggestion(model: type[BaseModel], fault: ErrorDetails) -> InitErrorDetails:
    context = {key: value for key, value in fault.get("ctx", {}).items() if key != "error"}
    kind = PydanticCustomError(fault["type"], fault["msg"], context)
    if _is_unknown_field(fault):
        name = str(fault["loc"][0])
        context = {"name": name, "suggestion": suggestion(name, model.model_fields)}
        kind = PydanticCustomError("unknown_field", "unknown field '{name}'; {suggestion}", context)
    return InitErrorDetails(type=kind, loc=fault["loc"], input=fault["input"])


def _member_schema(member: type[BaseModel], handler: GetCoreSchemaHandler) -> CoreSchema:
    def validated(value: object, inner: Any) -> Any:
        return _validated(member, value, inner)

    return core_schema.no_info_wrap_validator_function(validated, handler.generate_schema(member))


def _type_of(member: type[BaseModel]) -> str:
    return str(get_args(member.model_fields["type"].annotation)[0])


def _tag(value: Any) -> str:
    # Angle brackets, which no field or name can contain, tell the tag from a part of the user's path.
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
        raise _refusal("unknown_type", f"unknown type {_got(name)}; {suggestion(name, known)}")
    return name.lower()


def _refusal(kind: str, message: str) -> PydanticCustomError:
    return PydanticCustomError(kind, "{message}", {"message": message})


_PLAIN_MEMBER = re.compile(r"(constrained-)?(int|float|str|bool|none)")
_OTHER_MEMBER = re.compile(
    r"<.*>|\[key\]|"
    r"(function-\w+|literal|list|dict|tuple|set|union|nullable|lax-or-strict|json-or-python)\[.*\]"
)


def _is_member(loc: tuple[int | str, ...]) -> bool:
    last = str(loc[-1]) if loc else ""
    return bool(_PLAIN_MEMBER.fullmatch(last) or _OTHER_MEMBER.fullmatch(last))


def _path(loc: tuple[int | str, ...], is_alone: bool) -> str:
    """The location without the members of unions, which pydantic puts among the user's own names.

    A plain union gives an error for each member, so that `int` alone in its place is a name.
    """
    parts = [str(part) for part in loc]
    if _is_member(loc) and not (is_alone and _PLAIN_MEMBER.fullmatch(parts[-1])):
        parts.pop()
    return ".".join(part for part in parts if not part.startswith("<"))


_RULES = {
    "greater_than": "> {gt}",
    "greater_than_equal": ">= {ge}",
    "less_than": "< {lt}",
    "less_than_equal": "<= {le}",
    "finite_number": "finite",
    "number_type": "a number",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    "string_type": "a string",
    **dict.fromkeys(("list_type", "tuple_type"), "a list"),
    **dict.fromkeys(("dict_type", "mapping_type", "model_type", "model_attributes_type"), "a mapping"),
    **dict.fromkeys(("literal_error", "enum"), "{expected}"),
    "none_required": "null",
}

_SENTENCES = {
    "missing": "is required",
    "invalid_key": "the names of fields must be strings",
    "extra_forbidden": "unknown field",
    "too_short": "must have at least {min_length} item(s), got {actual_length}",
    "too_long": "must have at most {max_length} item(s), got {actual_length}",
    "string_too_short": "must have at least {min_length} character(s)",
    "string_too_long": "must have at most {max_length} characters",
}


def _fault(details: ErrorDetails) -> _Fault:
    kind, context = details["type"], details.get("ctx", {})
    if kind in _RULES:
        rule = _RULES[kind].format(**{key: _plain(value) for key, value in context.items()})
        return _Fault(None, rule, _got(details["input"]))
    if kind in _SENTENCES:
        return _Fault(_SENTENCES[kind].format(**context))
    message = details["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if message.startswith("Input should be "):
        return _Fault(None, message.removeprefix("Input should be "), _got(details["input"]))
    return _Fault(message)


def _got(value: object) -> str:
    return f"{brief(value)}, which is text; write null" if value == "None" else brief(value)


def _plain(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def brief(value: object) -> str:
    """The value as Python writes it, its middle left out if it is long."""
    short = Repr()
    short.maxstring = short.maxother = 80
    return short.repr(value)


def _messages(faults: list[_Fault]) -> list[str]:
    sentences = [fault.sentence for fault in faults if fault.sentence is not None]
    rules = [fault for fault in faults if fault.sentence is None]
    if not rules:
        return sentences
    either = " or ".join(dict.fromkeys(fault.rule for fault in rules))
    return [*sentences, f"must be {either}, got {rules[0].value}"]
