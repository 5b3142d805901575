"""The types of the ledger's columns; they give the same values from SQLite and from PostgreSQL."""

import json
import math
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa


class Time(sa.TypeDecorator[datetime]):
    """A time in UTC; SQLite stores no time zone, and PostgreSQL returns the session's."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(sa.TypeDecorator[str]):
    """Any text; characters that a database cannot store (NUL, half a surrogate pair) become visible."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return _visible(value)


class Name(sa.TypeDecorator[str]):
    """A name; characters that a database cannot store become visible, as in `Words`."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return _visible(value)


class State(sa.TypeDecorator[StrEnum]):
    """A state, stored by its name."""

    impl = sa.String
    cache_ok = True

    def __init__(self, states: type[StrEnum]) -> None:
        super().__init__()
        self.states = states

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else self.states(value).value

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> StrEnum | None:
        return None if value is None else self.states(value)


class Number(sa.TypeDecorator[float]):
    """A float to its last bit, infinite ones too; NaN is stored as NULL."""

    impl = sa.Float
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: sa.Dialect) -> float | None:
        return None if value is None or math.isnan(value) else float(value)


def to_json(value: object) -> str:
    """The value as strict JSON; NaN and infinity, which JSON lacks, become `{"$float": "nan"}` and so on."""
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(_escape_floats(value))


def from_json(text: str | bytes) -> Any:
    """The value that `to_json` has written."""
    return json.loads(text, object_hook=_unescape_float)


def _escape_floats(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": str(float(value))}
    if isinstance(value, dict):
        return {key: _escape_floats(item) for key, item in value.items()}
    return [_escape_floats(item) for item in value] if isinstance(value, list | tuple) else value


def _unescape_float(mapping: dict[str, Any]) -> Any:
    is_float = mapping.keys() == {"$float"} and mapping["$float"] in ("nan", "inf", "-inf")
    return float(mapping["$float"]) if is_float else mapping


def _visible(text: str | None) -> str | None:
    if text is None:
        return None
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\N{SYMBOL FOR NULL}")
