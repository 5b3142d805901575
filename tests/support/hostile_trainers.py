"""A trainer that reports and raises hostile text."""

from typing import Any

from sweepflow import trainer

ESCAPES = "\x1b[31mred\x1b]0;title\x07\x9b31m\u202egnp"
MARKUP = "<img src=x onerror=alert(1)> [bold]x[/bold] [a](javascript:b) `c` **d** | e"
SQL = "'; drop table trials; --"


@trainer
def train(parameters: dict[str, Any], data: object, report: Any) -> None:
    """Reports under hostile names, and fails as its parameter says."""
    value = parameters["x"]
    if value == "raises":
        raise ValueError(f"{ESCAPES} {MARKUP} {SQL} https://me:hunter2@host/x")
    if value == "names":
        report({f"{ESCAPES}{MARKUP}": 1.0})
    elif value == "long":
        raise ValueError("x" * 3_000_000)
    else:
        report({SQL: float(len(value)), f"{ESCAPES}{MARKUP}": 2.0})
    print(ESCAPES)
