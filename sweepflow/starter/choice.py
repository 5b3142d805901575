"""The decisions behind a first spec: task, metric, columns to drop or convert."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from sweepflow.data.labels import Label
from sweepflow.data.unnamed_roles import LikeGroup, LikeTime
from sweepflow.errors import DataError
from sweepflow.leaks import has_name_of_identifier
from sweepflow.starter.facts import ColumnFacts, TableFacts

LEAST_IN_CLASS = 3
"""The rows that a class needs: one for each part of the split."""

_MOST_CLASSES_OF_NUMBERS = 20
_LEAST_ROWS_OF_NUMBER = 5
"""Whole numbers are classes if there are few different ones and each occurs this often on average."""

LEAST_ROWS_FOLDED, MOST_ROWS_FOLDED = 50, 5000
"""A table with so many rows is cross-validated; with more, one split is no matter of luck."""

_FEW_GROUPS, _MOST_ROWS_OF_GROUPS = 200, 20_000
"""With so few groups one split is a matter of luck in a larger table too."""

_N_FOLDS = 5
_LEAST_ROWS_OF_CLASS_FOLDED = 10
"""A class of so many rows is in every fold of those that are not tested."""

_MANY = 5
"""So many columns that are left out for the same reason are told in one line."""

_MOST_CLASSES = 100
_UNEVEN = 0.6
_YES = frozenset({"yes", "y", "true", "t", "1", "positive", "pos", "ja", "oui", "si", "sí", "sì", "sim"})
_ID_NAME = re.compile(r"(?:.*[^a-z])?(?:id|uuid|guid|index)", re.IGNORECASE)
_CAMEL_ID_NAME = re.compile(r".*[a-z](?:Id|ID)")


class FirstSpec(NamedTuple):
    """The decisions for a first spec, with their reasons."""

    is_classification: bool
    positive_label: Label | None
    """The positive one of two classes."""
    metric: str
    further_metrics: tuple[str, ...]
    drop: dict[str, str]
    """The columns to drop, each with the reason."""
    dates: dict[str, str]
    """The columns of text to read as dates, each with a note."""
    numbers: dict[str, str]
    """The columns of text to read as numbers, each with a note."""
    categories: dict[str, str]
    """The columns that look like numbers but hold codes, each with the reason."""
    nulls: tuple[str, ...]
    """The words that count as missing; empty for pandas' own list."""
    signs: dict[str, str]
    """The decimal and the thousands separator, as fields of `DataSource`."""
    stratify: bool
    rare: tuple[Label, ...]
    """The classes with too few rows to be in every part of the split."""
    folds: int | None = None
    """On how many folds the trials are compared; None for a large table, which is split once."""
    group: LikeGroup | None = None
    """The column whose groups are never split."""
    time: LikeTime | None = None
    """The columns in whose order the rows are split; then `group` is only a proposal."""


def choose(facts: TableFacts, is_classification: bool | None = None) -> FirstSpec:
    """The decisions for this table; DataError if its target cannot be predicted or no column is left.

    If `is_classification` is None, the target decides.
    """
    has_classes = _has_classes(facts)
    if is_classification is None:
        is_classification = has_classes
    elif is_classification != has_classes:
        _check_task(facts, is_classification)
    rare = tuple(label for label, n in facts.counts.items() if is_classification and n < LEAST_IN_CLASS)
    if is_classification:
        _check_classes(facts, rare)
    drop = _dropped(facts)
    if len(drop) == len(facts.features):
        raise DataError("data", "no column is left to learn from: " + "; ".join(_drop_reasons(drop)))
    stratify = is_classification and facts.can_stratify
    metric, *further = _metrics(facts, stratify) if is_classification else _REGRESSION
    learned = _learned_times(facts)
    texts = {c.name: c.notice for c in facts.features if c.is_date_text and c.name not in drop}
    positive = _positive(facts) if is_classification and len(facts.counts) == 2 else None
    return FirstSpec(
        is_classification,
        positive,
        metric,
        tuple(further),
        drop,
        dates={**learned["dates"], **texts},
        numbers={n: _number_note(n, told) for n, told in facts.numbers.items() if n not in drop}
        | learned["numbers"],
        categories={n: f"{text!r} begins with a zero" for n, text in facts.codes.items() if n not in drop}
        | learned["categories"],
        nulls=facts.nulls,
        signs=dict(facts.signs),
        stratify=stratify,
        rare=rare,
        folds=_folds(facts, is_classification),
        group=facts.group,
        time=facts.time,
    )


def without(choice: FirstSpec, facts: TableFacts, answers: Mapping[str, str]) -> FirstSpec:
    """The same decisions, with these columns dropped for these reasons, unless none were left to learn from.

    Columns with a role stay.
    """
    roles = _with_role(choice.time, choice.group)
    drop = choice.drop | {name: reason for name, reason in answers.items() if name not in roles}
    if len(drop) >= len(facts.features) - len(roles):
        return choice
    dates, numbers, categories = (
        {name: note for name, note in field.items() if name not in drop}
        for field in (choice.dates, choice.numbers, choice.categories)
    )
    return choice._replace(drop=drop, dates=dates, numbers=numbers, categories=categories)


def _with_role(time: LikeTime | None, group: LikeGroup | None) -> set[str]:
    """The columns that say when a row was or what belongs together."""
    return {*(time.names if time else ()), *([group.name] if group else [])}


def _dropped(facts: TableFacts) -> dict[str, str]:
    """The columns that are of no use, each with the reason; none of them has a role."""
    with_role = _with_role(facts.time, facts.group)
    reasons = {c.name: _useless(c, facts.n_rows) for c in facts.features if c.name not in with_role}
    return {name: why + _of_numbers(facts.mixed.get(name)) for name, why in reasons.items() if why}


def _learned_times(facts: TableFacts) -> dict[str, dict[str, str]]:
    """The columns of the time by the field that lets them be learned from too, each with a note."""
    fields: dict[str, dict[str, str]] = {"dates": {}, "numbers": {}, "categories": {}}
    kinds = {"date": "dates", "time": "dates", "numeric": "numbers"}
    for column in facts.features:
        if facts.time is not None and column.name in facts.time.names:
            field = "dates" if column.is_date_text else kinds.get(str(column.kind), "categories")
            fields[field][column.name] = column.notice or "a part of time, learned from too"
    return fields


def _folds(facts: TableFacts, is_classification: bool) -> int | None:
    """The folds of a table with so few rows that one split of them would be a matter of luck."""
    has_few_groups = facts.time is None and facts.group is not None and facts.group.n_groups <= _FEW_GROUPS
    most = _MOST_ROWS_OF_GROUPS if has_few_groups else MOST_ROWS_FOLDED
    if not LEAST_ROWS_FOLDED <= facts.n_rows <= most:
        return None
    if facts.time is not None and is_classification:
        return None  # an early window may hold one class alone
    if facts.time is None and facts.group is not None and facts.group.n_groups < 2 * _N_FOLDS:
        return None
    least = min(facts.counts.values()) if is_classification else facts.n_rows
    return _N_FOLDS if least >= _LEAST_ROWS_OF_CLASS_FOLDED else None


def _number_note(name: str, notice: str) -> str:
    """A notice about a column, without the statement that it is read as numbers."""
    return notice.removeprefix(f"Column {name!r} is read as numbers").strip("; .")


_REGRESSION = ["r2", "mean_absolute_error", "root_mean_squared_error"]


def _has_classes(facts: TableFacts) -> bool:
    target, name = facts.target, repr(facts.target.name)
    advice = "name a column of numbers, booleans or words"
    if target.kind not in ("numeric", "boolean", "categorical"):
        content = "times of day" if target.kind == "time" else "dates or lists"
        raise DataError("--target", f"column {name} holds {content}, which cannot be predicted: {advice}")
    if target.problem:
        raise DataError("--target", f"column {name} {target.problem}: leave these rows out, or {advice}")
    if target.n_distinct == 1:
        raise DataError(
            "--target", f"column {name} has the same value in all {facts.n_rows} rows: name another"
        )
    if target.kind != "numeric":
        return True
    is_few = target.n_distinct <= _MOST_CLASSES_OF_NUMBERS
    is_often = target.n_distinct == 2 or target.n_distinct * _LEAST_ROWS_OF_NUMBER <= facts.n_rows
    return target.is_whole and is_few and is_often


def _check_task(facts: TableFacts, is_classification: bool) -> None:
    """DataError if the target, which suggests the other task, cannot be predicted in this one."""
    target, name = facts.target, repr(facts.target.name)
    if is_classification and not target.is_whole:
        raise DataError("--task", f"column {name} holds numbers with fractions, which are no classes")
    if is_classification and not facts.counts:
        raise DataError(
            "--task", f"column {name} holds {target.n_distinct} different numbers: too many classes"
        )
    if not is_classification and target.kind != "numeric":
        raise DataError("--task", f"column {name} holds no numbers, so its values must be classes")


def _check_classes(facts: TableFacts, rare: tuple[Label, ...]) -> None:
    name, n = repr(facts.target.name), facts.target.n_distinct
    if n > _MOST_CLASSES:
        problem = f"column {name} holds {n} different texts in {facts.n_rows} rows: too many classes to learn"
        raise DataError("--target", f"{problem}; name another")
    if n - len(rare) < 2:
        problem = (
            f"only {n - len(rare)} of the {n} classes in column {name} have {LEAST_IN_CLASS} rows or more"
        )
        raise DataError("--target", f"{problem}: add rows or merge classes")


def _metrics(facts: TableFacts, stratify: bool) -> list[str]:
    largest = max(facts.counts.values()) / facts.n_rows
    if not stratify:
        return ["accuracy"]
    if len(facts.counts) == 2:
        return ["roc_auc", "accuracy", "log_loss"]
    return ["balanced_accuracy", "accuracy"] if largest > _UNEVEN else ["accuracy", "log_loss"]


def _positive(facts: TableFacts) -> Label:
    """The label that means yes, else the rarer one."""
    yes = [label for label in facts.counts if str(label).lower().removesuffix(".0") in _YES]
    if len(yes) == 1:
        return yes[0]
    (first, n_first), (second, n_second) = sorted(facts.counts.items(), key=lambda item: item[0])
    return first if n_first < n_second else second


def _useless(column: ColumnFacts, n_rows: int) -> str:
    """Why a column is of no use to an estimator; empty if it may be of use."""
    n, known = column.n_distinct, column.n_known
    if known == 0:
        return "has no values"
    if column.kind is None:
        return "holds neither numbers nor words nor dates"
    if column.problem:
        return column.problem
    if n == 1 and (known == n_rows or column.kind != "categorical"):
        return "has the same value in all rows"
    if column.is_running:
        return "numbers the rows"
    is_text = column.kind == "categorical" and not column.is_date_text
    if not (is_text or column.is_whole) or n <= known / 2:
        return ""
    is_counter = n == known and has_name_of_identifier(column.name)
    if is_counter or _ID_NAME.fullmatch(column.name) or _CAMEL_ID_NAME.fullmatch(column.name):
        return f"looks like an identifier, by its name and {n} different values in {known} rows"
    return f"looks like an identifier or free text: {n} different texts in {known} rows" if is_text else ""


def _of_numbers(share: float | None) -> str:
    return f"; {share:.0%} of the cells are numbers: data.numbers learns from these" if share else ""


def by_reason(drop: Mapping[str, str]) -> list[tuple[list[str], str]]:
    """The columns to leave out, in groups: all that share a reason if they are many, else each alone."""
    counts = Counter(drop.values())
    groups: dict[object, tuple[list[str], str]] = {}
    for name, reason in drop.items():
        key = reason if counts[reason] >= _MANY else (name, reason)
        groups.setdefault(key, ([], reason))[0].append(name)
    return list(groups.values())


def _drop_reasons(drop: dict[str, str]) -> list[str]:
    return [f"column {name!r} {reason}" for name, reason in drop.items()]
