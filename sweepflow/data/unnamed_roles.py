"""Columns that look as if they said what belongs together, or when a row was, though nobody says so."""

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import types
from scipy import stats

from sweepflow.data.role_columns import read_roles
from sweepflow.data.roles import RoleColumns
from sweepflow.errors import DataError
from sweepflow.reading.arrow_types import is_text, kind_of

__all__ = ["LikeGroup", "LikeTime", "like_group", "like_time", "role_notices", "target_ranks"]

Values = NDArray[np.float64]

_OWNERS = (
    "subject|patient|participant|person|user|customer|client|member|household|family|student|pupil|teacher|"
    "school|employee|worker|driver|player|speaker|author|animal|session|visit|encounter|machine|device|"
    "engine|sensor|batch|site|station|hospital|clinic|store|shop|movie|account"
)
"""What a column may be called whose values own their rows, those first that own the others."""

_LIKE_OWNER = re.compile(
    rf"(?:.*[^a-z])?({_OWNERS})s?(?:[^a-z]*|[^a-z]?(?:id|nbr|no|nr|num|number|code|key))", re.I
)
_LIKE_KEY = re.compile(r"(?:.*[^a-z])?(?:id|uuid|guid)|.*[a-z](?:Id|ID)")
_LIKE_A_DATE = re.compile(
    r"\s*(?:\d{4}[-/.]\d{1,2}|\d{8}T\d{4}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2}"
    r"|\d{1,2}[ -][A-Za-z]{3}|[A-Z][a-z]{2,8} \d)"
)
_UNITS = (
    frozenset({"year", "yr"}),
    frozenset({"month", "mnth", "mon"}),
    frozenset({"day", "mday", "dom"}),
    frozenset({"hour", "hr"}),
    frozenset({"minute", "min"}),
)
"""What columns of whole numbers are called that tell a time together, the greatest unit first."""

_CLOCKS = frozenset({"time", "hour", "hr", "clock", "time_of_day"})
_LEAST_GROUPS, _LEAST_REPEATED_ROWS, _MOST_DISTINCT = 5, 30, 0.9
_LEAST_GROUPS_BY_CONTENT, _MOST_DISTINCT_BY_CONTENT, _LEAST_SHARED = 20, 0.5, 2
_MOST_COMMON = 0.9
_CHANCE = 1e-4
_SIGNS_WITHIN_NAMES = "_./:-"  # the last one stands at the end of a set of characters
_MOST_ROWS_COMPARED, _MOST_COMPARED = 20_000, 10
_LEAST_TIMES, _LEAST_CORRELATION = 20, 0.2


class LikeGroup(NamedTuple):
    """A column whose values come back in rows that have much in common."""

    name: str
    n_groups: int
    n_rows: int
    shared: tuple[str, ...]
    """Columns that are the same in all rows of a group."""

    @property
    def why(self) -> str:
        """What speaks for it, without the column's name."""
        size = f"{self.n_groups:,} values in {self.n_rows:,} rows, with the target alike in rows of one value"
        shared = " and ".join(map(repr, self.shared[:2]))
        return f"{size}, and {shared} the same" if shared else size


class LikeTime(NamedTuple):
    """Columns that tell a time, in whose order the target changes slowly."""

    names: tuple[str, ...]
    correlation: float
    """Of the target's ranks at one time and the next."""

    @property
    def why(self) -> str:
        """What speaks for it, without the names of the columns."""
        return f"from one time to the next the target is alike (correlation {self.correlation:.2f})"


def role_notices(
    table: pa.Table, ranks: Sequence[Values], *, has_group: bool, has_time: bool
) -> Iterator[str]:
    """Notices of a group and of a time that are not named, by the ranks of any target.

    See `like_group` and `like_time`.
    """
    times = (like_time(table, each) for each in ranks)
    groups = (like_group(table, each) for each in ranks)
    if not has_time and (time := next(filter(None, times), None)):
        names = time.names[0] if len(time.names) == 1 else f"[{', '.join(time.names)}]"
        yield (
            f"Rows seem to follow each other in time ({' and '.join(map(repr, time.names))}): {time.why}. "
            f"If the model is for later rows, say data.time: {names}, else its test is too good."
        )
    if not has_group and (group := next(filter(None, groups), None)):
        yield (
            f"Column {group.name!r} seems to say what belongs together: {group.why}. If the model is for "
            f"others than these, say data.group: {group.name}, else its test is too good."
        )
    elif not has_group:
        notices = (_group_within_names(table, each) for each in ranks)
        if notice := next(filter(None, notices), None):
            yield notice


def target_ranks(target: NDArray[Any], *, is_classification: bool) -> Values:
    """The target as numbers that can be compared: ranks, or whether a row is of the commonest class."""
    if not is_classification:
        return np.asarray(stats.rankdata(target), dtype=np.float64)
    _, codes, counts = np.unique(target, return_inverse=True, return_counts=True)
    return np.asarray(codes == counts.argmax(), dtype=np.float64)


def like_group(table: pa.Table, ranks: Values) -> LikeGroup | None:
    """The column that seems to say what belongs together; None if there is none.

    Its values come back, and the target differs less within them than chance allows. It is called like an
    identifier of people or things, or at least two other columns never change within its values.
    """
    found: list[tuple[float, LikeGroup, NDArray[np.int64]]] = []
    for name in table.column_names:
        is_time = name.lower() in frozenset.union(*_UNITS) or _holds_dates(table[name])
        if is_time or not _may_be_key(table[name]):
            continue
        codes, n_groups = _codes(table[name])
        n_rows = len(codes)
        rank = _name_rank(name)
        by_content = rank is None
        least = _LEAST_GROUPS_BY_CONTENT if by_content else _LEAST_GROUPS
        most = (_MOST_DISTINCT_BY_CONTENT if by_content else _MOST_DISTINCT) * n_rows
        are_repeated = least <= n_groups <= most and n_rows - n_groups >= _LEAST_REPEATED_ROWS
        if are_repeated and _are_alike(codes, n_groups, ranks):
            found.append((np.inf if rank is None else rank, LikeGroup(name, n_groups, n_rows, ()), codes))
    found.sort(key=lambda item: item[0])
    for rank, group, codes in found[:_MOST_COMPARED]:
        shared = _shared(table, group.name, codes)
        if rank < np.inf or len(shared) >= _LEAST_SHARED:
            return group._replace(shared=shared)
    return None


def _group_within_names(table: pa.Table, ranks: Values) -> str | None:
    """A notice of the first column whose texts differ in every row but begin alike: patient7_2; or None."""
    for name in table.column_names:
        column = table[name]
        if not is_text(column.type) or not _may_be_key(column) or _holds_dates(column):
            continue
        if pc.count_distinct(column).as_py() <= _MOST_DISTINCT * len(column):
            continue
        for sign in _SIGNS_WITHIN_NAMES:
            starts = pc.replace_substring_regex(column, rf"[{sign}][^{sign}]*$", "")
            codes, n_groups = _codes(pa.chunked_array(starts))
            are_repeated = n_groups >= _LEAST_GROUPS and len(codes) - n_groups >= _LEAST_REPEATED_ROWS
            if are_repeated and _are_alike(codes, n_groups, ranks):
                what = f"{n_groups:,} texts, such as {starts[0].as_py()!r}, in {len(codes):,} rows"
                return (
                    f"Column {name!r} seems to say what belongs together before its last {sign!r}: {what}, "
                    "with the target alike in rows of one. If the model is for others than these, write that "
                    "text into a column of its own and name it in data.group, else its test is too good."
                )
    return None


def like_time(table: pa.Table, ranks: Values) -> LikeTime | None:
    """The columns that seem to say when each row was; None if there are none.

    They hold dates, or are called year, month and so on, and the target at one time resembles that before.
    """
    found: dict[int, LikeTime] = {}
    for names in _tell_times(table):
        try:
            time = read_roles(RoleColumns(time=names), table, []).time
        except DataError:
            continue
        correlation = None if time is None else _autocorrelation(time, ranks)
        if correlation is not None:
            found.setdefault(len(np.unique(np.asarray(time))), LikeTime(names, correlation))
    return found[max(found)] if found else None  # the finest, in which the order is known best


def _name_rank(name: str) -> float | None:
    """The place of the name among those of owners, or behind them; None if it is called otherwise."""
    if match := _LIKE_OWNER.fullmatch(name):
        return _OWNERS.split("|").index(match[1].lower())
    return len(_OWNERS) if _LIKE_KEY.fullmatch(name) else None


def _may_be_key(column: pa.ChunkedArray) -> bool:
    return bool(types.is_integer(column.type) or is_text(column.type)) and column.null_count == 0


def _codes(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], int]:
    """A number from 0 for each value, a missing one too, and how many there are."""
    encoded = pc.dictionary_encode(column.combine_chunks(), null_encoding="encode")
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), len(encoded.dictionary)


def _are_alike(codes: NDArray[np.int64], n_groups: int, ranks: Values) -> bool:
    """Whether the target varies less within groups than chance allows (F test of one-way ANOVA)."""
    n_rows, counts = len(codes), np.bincount(codes, minlength=n_groups)
    means = np.bincount(codes, ranks, minlength=n_groups) / counts
    within = float(((ranks - means[codes]) ** 2).sum())
    between = float((counts * (means - ranks.mean()) ** 2).sum())
    if within == 0:
        return between > 0
    ratio = between / (n_groups - 1) / (within / (n_rows - n_groups))
    return bool(stats.f.sf(ratio, n_groups - 1, n_rows - n_groups) < _CHANCE)


def _shared(table: pa.Table, name: str, codes: NDArray[np.int64]) -> tuple[str, ...]:
    """The columns that do not change within the groups, though they differ among them."""
    codes = codes[:_MOST_ROWS_COMPARED]
    n_groups = len(np.unique(codes))
    if len(codes) - n_groups < _LEAST_REPEATED_ROWS:
        return ()
    shared = []
    for other in table.column_names:
        if other == name or kind_of(table[other].type) is None:
            continue
        values, n_values = _codes(table[other].slice(0, len(codes)))
        counts = np.bincount(values)
        is_varied = 1 < n_values < n_groups and counts.max() <= _MOST_COMMON * len(codes)
        if is_varied and len(np.unique(codes * n_values + values)) == n_groups:
            shared.append(other)
    return tuple(shared)


def _tell_times(table: pa.Table) -> Iterator[tuple[str, ...]]:
    """Columns that may tell when a row was, alone or together, the greatest unit first."""
    by_name = {name.lower(): name for name in reversed(table.column_names)}
    clocks = [by_name[word] for word in sorted(_CLOCKS & by_name.keys())]
    for name in table.column_names:
        if _holds_dates(table[name]):
            yield (name,)
            yield from ((name, clock) for clock in clocks if clock != name)
    units = [next((by_name[word] for word in sorted(words & by_name.keys())), None) for words in _UNITS]
    names = list(takewhile(lambda name: name is not None and types.is_integer(table[name].type), units))
    if names:
        yield tuple(name for name in names if name is not None)


def _holds_dates(column: pa.ChunkedArray) -> bool:
    if not is_text(column.type):
        return kind_of(column.type) == "date"
    first = column.drop_null().slice(0, 1).to_pylist()
    return bool(first) and _LIKE_A_DATE.match(first[0]) is not None


def _autocorrelation(time: NDArray[Any], ranks: Values) -> float | None:
    """The correlation of the mean ranks at one time and the next; None if chance may have made it."""
    _, steps, counts = np.unique(time, return_inverse=True, return_counts=True)
    if len(counts) < _LEAST_TIMES:
        return None
    means = np.bincount(steps, ranks) / counts
    if means[1:].std() == 0 or means[:-1].std() == 0:
        return None
    correlation = float(np.corrcoef(means[:-1], means[1:])[0, 1])
    return correlation if correlation > max(_LEAST_CORRELATION, 3 / len(counts) ** 0.5) else None
