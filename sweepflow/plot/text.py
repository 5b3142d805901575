"""Texts of users in a figure, escaped: plotly reads some HTML in any text as markup."""

import json
from collections.abc import Sequence

from sweepflow.base.printable import printable
from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import Value
from sweepflow.trials.rows import RankedRow

_LONGEST = 60
_LONGEST_TICK = 24
_MOST_PARAMETERS = 12
_NO_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;"})
"""Plotly reads the text between two dollars as a formula."""


def label(text: str, longest: int = _LONGEST) -> str:
    """The text in one line, shortened; for places where plotly reads no markup."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def plain(text: str) -> str:
    """The text for places where plotly reads markup and entities: almost everywhere."""
    return label(text).translate(_NO_MARKUP)


def unmarked(text: str) -> str:
    """The text for the axes of a 3D figure, where plotly reads markup but no entities."""
    return label(text).replace("<", "<\N{ZERO WIDTH SPACE}")


def shown(value: Value) -> str:
    """A parameter's value as in a spec file, numbers shortened; not escaped."""
    if isinstance(value, float):
        return f"{value:.5g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def labels(values: Sequence[Value]) -> list[str]:
    """A short label for each value, not escaped; "1" and 1, or two close numbers, get different labels."""
    short = [shown(value) for value in values]
    if len(set(short)) < len(short):
        short = [json.dumps(value, ensure_ascii=False) for value in values]
    return [label(text, _LONGEST_TICK) for text in short]


def trial_text(row: RankedRow, objective: Objective) -> str:
    """The hover text of a trial."""
    lines = [f"<b>trial {row.number}</b>, {row.state.words}"]
    if row.value is not None:
        lines.append(f"{plain(objective.primary_metric)} = {row.value:.6g}")
    parameters = list(row.parameters.items())
    lines += [f"{plain(name)} = {plain(shown(value))}" for name, value in parameters[:_MOST_PARAMETERS]]
    if len(parameters) > _MOST_PARAMETERS:
        lines.append(f"and {len(parameters) - _MOST_PARAMETERS} more")
    return "<br>".join(lines)


def percent(share: float) -> str:
    """The share as a whole percentage."""
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"
