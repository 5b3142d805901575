"""Values in YAML files."""

from pathlib import Path
from typing import Any

from sweepflow.errors import Problem, SpecError
from sweepflow.fields.yaml import YamlError, parse_yaml

_MOST_BYTES = 1 << 18
"""Parsing ten thousand bytes takes about a second."""


def read_yaml(path: Path) -> Any:
    """The content of a YAML 1.2 file; SpecError if it cannot be read or is too large."""
    try:
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise SpecError([Problem("", f"there is no file '{path}'")]) from error
    except OSError as error:
        raise SpecError([Problem("", f"'{path}' cannot be read: {error.strerror}")]) from error
    if len(content) > _MOST_BYTES:
        raise SpecError([Problem("", f"'{path}' must have at most {_MOST_BYTES:,} bytes")])
    try:
        return parse_yaml(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise SpecError(
            [Problem("", f"'{path}' cannot be read: it is not UTF-8 text ({error.reason})")]
        ) from error
    except YamlError as error:
        raise SpecError([Problem("", f"'{path}' is not valid YAML: {error}")]) from error
