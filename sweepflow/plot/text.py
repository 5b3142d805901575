"""What a user named or wrote, as text in a figure: plotly takes some HTML in any text for markup."""

import json
from collections.abc import Sequence

from sweepflow.base.printable import printable
from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import Scalar
from sweepflow.trials.rows import RankedRow

_LONGEST = 60
_LONGEST_TICK = 24
_MOST_PARAMETERS = 12
_NO_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;"})
"""Between two dollars, plotly looks for a formula."""


def label(text: str, longest: int = _LONGEST) -> str:
    """The text in one line, shortened; as plotly needs it where it knows no markup."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def plain(text: str) -> str:
    """The text for where plotly knows markup and entities: almost everywhere."""
    return label(text).translate(_NO_MARKUP)


def unmarked(text: str) -> str:
    """The text for the axes of a figure in space, which know markup and no entities."""
    return label(text).replace("<", "<\N{ZERO WIDTH SPACE}")


def shown(value: Scalar) -> str:
    """A parameter's value as in a spec file, numbers shortened; not escaped."""
    if isinstance(value, float):
        return f"{value:.5g}"
    return value if isinstance(value, str) else json.dumps(value)


def labels(values: Sequence[Scalar]) -> list[str]:
    """A brief label for each value, not escaped; "1" and 1, or two close numbers, look different."""
    short = [shown(value) for value in values]
    if len(set(short)) < len(short):
        short = [json.dumps(value, ensure_ascii=False) for value in values]
    return [label(text, _LONGEST_TICK) for text in short]


def trial_text(row: RankedRow, objective: Objective) -> str:
    """What is told of a trial when one points at it."""
    lines = [f"<b>trial {row.number}</b>, {row.state.words}"]
    if row.value is not None:
        lines.append(f"{plain(objective.primary_metric)} = {row.value:.6g}")
    drawn = list(row.parameters.items())
    lines += [f"{plain(name)} = {plain(shown(value))}" for name, value in drawn[:_MOST_PARAMETERS]]
    if len(drawn) > _MOST_PARAMETERS:
        lines.append(f"and {len(drawn) - _MOST_PARAMETERS} more")
    return "<br>".join(lines)


def percent(share: float) -> str:
    """The share in whole percent."""
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"
