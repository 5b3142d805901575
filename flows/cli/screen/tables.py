"""Tables that fit the terminal: a narrow one gets fewer columns, never values that are cut."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from sweepflow.flows.cli.screen.text import text

_LONGEST_WORD = 30
"""A column that may wrap is as wide as its longest word, up to this many characters."""

_WIDEST = 100_000


class Column(NamedTuple):
    """A heading, and a cell for each row."""

    heading: str
    cells: Sequence[str]
    justify: Literal["left", "right"] = "left"
    may_wrap: bool = False
    """Whether its cells may take several lines."""
    is_optional: bool = False
    """Whether a terminal that is too narrow for all columns goes without it."""


def fits(console: Console, table: Table) -> bool:
    """Whether the terminal is wide enough for the table without cutting a cell."""
    unlimited = console.options.update(width=_WIDEST)
    return Measurement.get(console, unlimited, table).minimum <= console.width


def fitting_table(console: Console, columns: Sequence[Column], **options: Any) -> Table:
    """The table of these columns without the last optional ones, as far as the terminal is too narrow.

    `options` are those of rich's Table.
    """
    kept = list(columns)
    while not fits(console, table := plain_table(kept, **options)):
        optional = [column for column in kept if column.is_optional]
        if not optional:
            return table
        kept.remove(optional[-1])
    return table


def plain_table(columns: Sequence[Column], **options: Any) -> Table:
    """The table of all these columns; `options` are those of rich's Table."""
    table = Table(**options)
    for column in columns:
        words = [word for cell in (column.heading, *column.cells) for word in cell.split()]
        longest = max(map(len, words), default=0)
        table.add_column(
            text(column.heading),
            justify=column.justify,
            no_wrap=not column.may_wrap,
            overflow="fold",
            min_width=min(longest, _LONGEST_WORD) if column.may_wrap else None,
        )
    for cells in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*map(text, cells))
    return table
