"""Conditions between parameters, such as `max_depth * n_estimators <= 2000`.

They are parsed, never evaluated as Python: numbers, strings, true/false, parameter names, arithmetic,
comparisons, `and`, `or`, `not`, `in` and parentheses, nothing else.
"""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple, NoReturn

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from sweepflow.errors import ConstraintError
from sweepflow.trials.parameters import Parameters, Value

Allows = Callable[[Parameters], bool]
"""Tells whether parameters satisfy all constraints."""

_LONGEST = 1000

_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.In: lambda value, group: value in group,
    ast.NotIn: lambda value, group: value not in group,
}
_SIGNS: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.Not: operator.not_,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_NAMES_WITH_COLON = re.compile(r"""'[^']*'|"[^"]*"|(?P<name>[A-Za-z_][\w.]*:[A-Za-z_]\w*)""")
_HIDDEN = "__metric_"
"""How a name with a colon begins while Python reads the condition; no parameter begins with `__`."""
_WORDS = {"true": True, "false": False, "null": None}


def anything(parameters: Parameters) -> bool:  # noqa: ARG001
    """Whether the parameters satisfy no constraints at all: always."""
    return True


class Constraint:
    """One condition; ValueError where the text is none."""

    def __init__(self, text: str) -> None:
        self.text = text
        if len(text) > _LONGEST:
            raise ValueError(f"must have at most {_LONGEST} characters, got {len(text)}")
        try:
            self._tree = _parsed(text.strip())
            _check(self._tree)
        except SyntaxError as error:
            raise ValueError(f"is no condition: {error.msg} in '{text}'") from error
        except (MemoryError, RecursionError) as error:
            raise ValueError(f"is nested too deeply: '{text}'") from error
        if not isinstance(self._tree, ast.Compare | ast.BoolOp | ast.UnaryOp):
            raise ValueError(f"must compare something, such as a * b <= 100, got '{text}'")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Constraint) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    @property
    def names(self) -> frozenset[str]:
        """The parameters that it speaks of."""
        names = {node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name)}
        return frozenset(names - _WORDS.keys())

    def holds(self, parameters: Mapping[str, Value]) -> bool:
        """Whether the parameters satisfy it.

        It holds where a parameter that it speaks of is not drawn. ConstraintError where it makes no sense,
        such as a text that is smaller than a number.
        """
        if not self.names <= parameters.keys():
            return True
        try:
            return bool(_value(self._tree, parameters))
        except (TypeError, ValueError, ArithmeticError) as error:
            fault = f"'{self.text}' cannot be decided for {dict(parameters)}"
            raise ConstraintError(f"{fault}: {error}") from error


def _parsed(text: str) -> ast.expr:
    """The condition as Python reads it, where `module:name` is one name."""
    names: list[str] = []

    def hidden(match: re.Match[str]) -> str:
        if match["name"] is None:
            return match[0]
        names.append(match["name"])
        return f"{_HIDDEN}{len(names) - 1}"

    tree = ast.parse(_NAMES_WITH_COLON.sub(hidden, text), mode="eval").body
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id.startswith(_HIDDEN):
            node.id = names[int(node.id.removeprefix(_HIDDEN))]
    return tree


class Unreadable(NamedTuple):
    """A text that is no condition, and why; a spec that has one is refused when it is checked."""

    text: str
    fault: str

    @property
    def names(self) -> frozenset[str]:
        """The parameters that it speaks of: none that is known."""
        return frozenset()

    def holds(self, parameters: Mapping[str, Value]) -> NoReturn:  # noqa: ARG002
        """Raise ConstraintError."""
        raise ConstraintError(f"'{self.text}' {self.fault}")


class _ReadFromText:
    """Has pydantic read a constraint from its text, and write it as its text."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        del source, handler
        text = core_schema.str_schema()
        written = core_schema.plain_serializer_function_ser_schema(
            lambda constraint: constraint.text, return_schema=text
        )
        return core_schema.no_info_after_validator_function(_read, text, serialization=written)


Condition = Annotated[Constraint | Unreadable, _ReadFromText()]
"""A constraint as a spec holds it: read once, and written as its text."""


def _read(text: str) -> Constraint | Unreadable:
    try:
        return Constraint(text)
    except ValueError as error:
        return Unreadable(text, str(error))


def _check(node: ast.expr) -> None:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None) | ast.Name():
            children: list[ast.expr] = []
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC or isinstance(op, ast.Pow):
            children = [left, right]
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _SIGNS:
            children = [operand]
        case ast.BoolOp(values=values) | ast.List(elts=values) | ast.Tuple(elts=values):
            children = values
        case ast.Compare(left=left, ops=ops, comparators=others) if {*map(type, ops)} <= _COMPARISONS.keys():
            children = [left, *others]
        case _:
            raise ValueError(
                "may hold numbers, strings, parameter names, arithmetic, comparisons, and, or, not, in; "
                f"got '{ast.unparse(node)}'"
            )
    for child in children:
        _check(child)


def _value(node: ast.expr, parameters: Mapping[str, Value]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return parameters[name] if name in parameters else _WORDS[name]
        case ast.UnaryOp(op=sign, operand=operand):
            return _SIGNS[type(sign)](_value(operand, parameters))
        case ast.BinOp(left=left, op=op, right=right):
            return _calculated(op, _number(left, parameters), _number(right, parameters))
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_value(value, parameters) for value in values)
        case ast.BoolOp(values=values):
            return any(_value(value, parameters) for value in values)
        case ast.List(elts=values) | ast.Tuple(elts=values):
            return [_value(value, parameters) for value in values]
        case ast.Compare(left=left, ops=ops, comparators=others):
            values = [_value(each, parameters) for each in [left, *others]]
            pairs = zip(values, ops, values[1:], strict=False)
            return all(_COMPARISONS[type(op)](before, after) for before, op, after in pairs)
    raise TypeError(f"no value for '{ast.unparse(node)}'")


def _number(node: ast.expr, parameters: Mapping[str, Value]) -> float:
    value = _value(node, parameters)
    if not isinstance(value, int | float):
        raise TypeError(f"'{ast.unparse(node)}' is {value!r}, no number")
    return value


def _calculated(op: ast.operator, left: float, right: float) -> Any:
    if isinstance(op, ast.Pow):
        # As floats: a whole number to the power of a great one would fill the memory.
        return math.pow(left, right)
    return _ARITHMETIC[type(op)](left, right)
