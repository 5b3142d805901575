"""The facts about a table's columns on which a first spec depends."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from sweepflow.cells.dates import read_dates
from sweepflow.data.features import kind_of_column, plain, why_unusable
from sweepflow.data.labels import Label
from sweepflow.data.role_columns import read_roles
from sweepflow.data.roles import RoleColumns
from sweepflow.data.rows import split, split_rows
from sweepflow.data.source import DataSource, Validation
from sweepflow.data.unnamed_roles import LikeGroup, LikeTime, like_group, like_time, target_ranks
from sweepflow.errors import DataError
from sweepflow.fields.nearest import did_you_mean
from sweepflow.reading.arrow_types import kind_of
from sweepflow.reading.table import pandas_index

_MOST_COUNTED = 1000
"""A target with more different values than this has no classes."""

_LEAST_ROWS_OF_CLASS, _MOST_CLASSES = 10, 20
"""A class of so many rows must be in each part; a target with more values is one of numbers."""

_LIKE_A_DATE = re.compile(
    r"\s*(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d\d[-/.]\d\d[-/.]\d\d\b|\d{4}-\d{2}$|\d{8}T\d{4}"
    r"|\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4}|[A-Za-z]{3,9} \d{1,2}, \d{4})"
)


class ColumnFacts(NamedTuple):
    """The facts about one column, over the rows whose target is known."""

    name: str
    kind: str | None
    """numeric, boolean, categorical, date or time; None: it cannot be used."""
    n_known: int
    n_distinct: int = 0
    is_whole: bool = False
    """Whether it holds whole numbers only."""
    is_running: bool = False
    """Whether it numbers the rows: consecutive whole numbers, each once, from 0 or 1 on or unsorted."""
    is_date_text: bool = False
    notice: str = ""
    """A note on how its dates are read."""
    problem: str | None = None
    """Why an estimator cannot learn from it; None if it can."""


class TableFacts(NamedTuple):
    """The facts about a table and its target, over the rows whose target is known."""

    n_rows: int
    n_left_out: int
    """Rows whose target is missing."""
    target: ColumnFacts
    counts: dict[Label, int]
    """How often each value of the target occurs, most frequent first; empty above 1000 different values."""
    can_stratify: bool
    """Whether each part of the default split can have its share of each value."""
    features: tuple[ColumnFacts, ...]
    numbers: Mapping[str, str] = {}
    """The columns of text that are numbers, each with a note on how they are read."""
    mixed: Mapping[str, float] = {}
    """The columns of text of which at least half are numbers, each with the share of numbers."""
    codes: Mapping[str, str] = {}
    """The columns of numbers with leading zeros, each with an example."""
    nulls: tuple[str, ...] = ()
    """The words that count as missing; empty for pandas' own list."""
    signs: Mapping[str, str] = {}
    """The decimal and the thousands separator of the numbers, as fields of `DataSource`."""
    columns: tuple[str, ...] = ()
    """The names of the columns of a file without a header; empty if it has one."""
    group: LikeGroup | None = None
    """The column that seems to say what belongs together, if the rows can be split by it."""
    time: LikeTime | None = None
    """The columns that seem to say when a row was, if the rows can be split by them."""


def facts_of(table: pa.Table, target: str) -> TableFacts:
    """The facts for predicting the target; DataError if there is no such column or it has no values."""
    if target not in table.column_names:
        raise DataError(
            "--target", f"there is no column {target!r}: {did_you_mean(target, table.column_names)}"
        )
    known = table.filter(pc.invert(pc.is_null(table[target], nan_is_null=True)))
    if not known.num_rows:
        raise DataError("--target", f"column {target!r} has no values: name another")
    index = pandas_index(table)  # dropped without a line in the spec
    names = [name for name in table.column_names if name != target and name not in index]
    features = tuple(_feature(name, table[name], known[name]) for name in names)
    facts = _column(target, known[target], kind_of(known[target].type))
    has_classes = facts.kind in ("numeric", "boolean", "categorical") and not facts.problem
    values = plain(known[target], facts.kind) if has_classes else None
    counts = _counts(values) if values is not None and facts.n_distinct <= _MOST_COUNTED else {}
    is_splittable = bool(counts) and _can_stratify(values)
    n_left_out = table.num_rows - known.num_rows
    found = TableFacts(known.num_rows, n_left_out, facts, counts, is_splittable, features)
    return _with_roles(found, known.select(names), values) if has_classes else found


def _with_roles(facts: TableFacts, features: pa.Table, target: Any) -> TableFacts:
    """The facts, completed by the columns that seem to have a role."""
    values = target.to_numpy(zero_copy_only=False)
    ranks = target_ranks(values, is_classification=facts.target.kind != "numeric")
    group, time = like_group(features, ranks), like_time(features, ranks)
    if group is not None and not _splits(RoleColumns(group=group.name), features, values, facts.counts):
        group = None
    if time is not None and not _splits(RoleColumns(time=time.names), features, values, facts.counts):
        time = None
    return facts._replace(group=group, time=time)


def _splits(columns: RoleColumns, features: pa.Table, target: Any, counts: Mapping[Label, int]) -> bool:
    """Whether the rows can be split by these columns so that each part has every class of some rows."""
    if any(features[name].null_count for name in columns.time):
        return False
    source = DataSource(path="table", target="target", group=columns.group, time=columns.time)
    stratify = bool(counts)
    try:
        parts = split(target, source, Validation(), stratify, read_roles(columns, features, []))
    except DataError:
        return False
    usual = {label for label, n in counts.items() if n >= _LEAST_ROWS_OF_CLASS}
    return len(counts) > _MOST_CLASSES or all(usual <= set(target[rows].tolist()) for rows in parts.values())


def _feature(name: str, column: Any, known: Any) -> ColumnFacts:
    """The facts over the rows whose target is `known`; whether it numbers the rows, over all rows too."""
    facts = _column(name, known, kind_of_column(known))
    if facts.is_running or not facts.is_whole or len(column) == len(known):
        return facts
    return facts._replace(is_running=_column(name, column, facts.kind).is_running)


def _column(name: str, column: Any, kind: str | None) -> ColumnFacts:
    n_known = len(column) - pc.sum(pc.is_null(column, nan_is_null=True)).as_py()
    problem = why_unusable(column)
    if problem or n_known == 0:
        return ColumnFacts(name, kind, n_known, problem=problem)
    known = column.drop_null() if kind == "date" else plain(column.drop_null(), kind)
    if types.is_floating(known.type):
        known = known.filter(pc.invert(pc.is_nan(known)))
    facts = ColumnFacts(name, kind, n_known, pc.count_distinct(known).as_py(), _is_whole(known))
    is_running = facts.is_whole and facts.n_distinct == len(column) and _is_running(known)
    return _with_dates(facts._replace(is_running=is_running), known)


def _is_whole(known: Any) -> bool:
    if types.is_floating(known.type):
        is_exact = pc.less(pc.abs(known), 2.0**53)  # all larger floats are whole
        return bool(pc.all(pc.and_(is_exact, pc.equal(pc.round(known), known))).as_py())
    return bool(types.is_integer(known.type))


def _is_running(known: Any) -> bool:
    ends = pc.min_max(known).as_py()
    values = known.to_numpy(zero_copy_only=False)
    is_from_start = ends["min"] in (0, 1) or bool((values[1:] < values[:-1]).any())
    return is_from_start and ends["max"] - ends["min"] == len(known) - 1


def _with_dates(facts: ColumnFacts, known: Any) -> ColumnFacts:
    """The facts, completed by whether the column's texts are dates."""
    if facts.kind != "categorical" or not _LIKE_A_DATE.match(str(known[0].as_py())):
        return facts
    notices: list[str] = []
    try:
        read_dates(facts.name, known, notices)
    except DataError:
        return facts
    return facts._replace(is_date_text=True, notice=" ".join(notices))


def _counts(known: Any) -> dict[Label, int]:
    counts = [(pair["values"], pair["counts"]) for pair in pc.value_counts(known).to_pylist()]
    return dict(sorted(counts, key=lambda pair: -pair[1]))


def _can_stratify(known: Any) -> bool:
    try:
        split_rows(known.to_numpy(zero_copy_only=False), Validation(), stratify=True, target="")
    except (DataError, TypeError):
        return False
    return True
