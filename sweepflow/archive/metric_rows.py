"""The metrics of the best trial, as rows of a table."""

from collections.abc import Iterable
from typing import NamedTuple

from sweepflow.base.markdown import code
from sweepflow.result import BestTrial, SelectedModel
from sweepflow.trials.rows import COSTS


class ShownMetric(NamedTuple):
    """One metric of the best trial, as text."""

    name: str
    validation: str
    test: str
    interval: str


def metric_rows(primary_metric: str, best: BestTrial, selected: SelectedModel) -> list[ShownMetric]:
    """The rows of the primary metric, of the trial's other metrics, and of those that were only tested.

    Costs are none of them: `cost_words` tells these.
    """
    tested, rows = selected.test_metrics or {}, []
    others = [name for name in best.metrics if name not in COSTS]
    for name in dict.fromkeys([primary_metric, *others, *tested]):
        value = best.value if name == primary_metric else best.metrics.get(name)
        test = tested.get(name)
        interval = f"{number(test.low)} to {number(test.high)}" if test else ""
        rows.append(ShownMetric(name, number(value), number(test.value if test else None), interval))
    return rows


def metric_markdown(rows: Iterable[ShownMetric]) -> str:
    """The rows as Markdown."""
    lines = ["| metric | validation | test | test, 95 % interval |", "|---|---|---|---|"]
    cells = ([code(row.name), row.validation, row.test, row.interval] for row in rows)
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in cells)])


def number(value: float | None) -> str:
    """The value with six digits; empty if there is none."""
    return "" if value is None else f"{value:.6g}"
