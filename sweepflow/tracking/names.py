"""Names and values that MLflow accepts."""

import posixpath
import re
from collections.abc import Mapping
from typing import Any

_LONGEST_NAME = 250
_LONGEST_VALUE = 5000

SWEEP = "sweepflow.sweep_id"
TRIAL = "sweepflow.trial"
STATE = "sweepflow.state"
ERROR = "sweepflow.error"
LOGGED = "sweepflow.logged"
VERSION = "sweepflow.version"


def name(text: str) -> str:
    """The name of a metric or parameter, with `_` for the characters that MLflow refuses."""
    plain = re.sub(r"[^\w\-. /]", "_", text)[:_LONGEST_NAME]
    is_path = posixpath.normpath(plain) == plain and not plain.startswith(("/", ".."))
    return plain if is_path and plain != "." else re.sub(r"[/.]", "_", plain)


def values(items: Mapping[str, Any]) -> dict[str, str]:
    """Parameters or tags by name, as text, without those that are None or empty."""
    return {name(key): str(value)[:_LONGEST_VALUE] for key, value in items.items() if value not in (None, "")}
