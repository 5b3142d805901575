"""What stands in the columns of the ledger, the same from SQLite and from PostgreSQL."""

import json
import math
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa


class Time(sa.TypeDecorator[datetime]):
    """A time in UTC: SQLite keeps no zone, PostgreSQL answers in the session's."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(sa.TypeDecorator[str]):
    """Text from anywhere: what a database cannot hold (NUL, half a surrogate pair) becomes visible."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return _visible(value)


class Name(sa.TypeDecorator[str]):
    """The same for a name."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return _visible(value)


class State(sa.TypeDecorator[StrEnum]):
    """A state, by its name."""

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
    """A float to its last bit, infinite ones too; NaN is NULL."""

    impl = sa.Float
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: sa.Dialect) -> float | None:
        return None if value is None or math.isnan(value) else float(value)


def to_json(value: object) -> str:
    """The value as JSON in the strict sense, which has no word for NaN and infinity."""
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(_with_words(value))


def from_json(text: str | bytes) -> Any:
    """What `to_json` was given."""
    return json.loads(text, object_hook=_with_float)


def _with_words(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": str(float(value))}
    if isinstance(value, dict):
        return {key: _with_words(each) for key, each in value.items()}
    return [_with_words(each) for each in value] if isinstance(value, list | tuple) else value


def _with_float(found: dict[str, Any]) -> Any:
    is_ours = found.keys() == {"$float"} and found["$float"] in ("nan", "inf", "-inf")
    return float(found["$float"]) if is_ours else found


def _visible(text: str | None) -> str | None:
    if text is None:
        return None
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\N{SYMBOL FOR NULL}")
