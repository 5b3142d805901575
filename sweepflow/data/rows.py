"""Which rows train, which rank the trials, and which test the winner."""

from collections.abc import Collection, Iterator, Sequence
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweepflow.data.drawing import draw
from sweepflow.data.group_split import group_parts
from sweepflow.data.labels import Label
from sweepflow.data.roles import Roles
from sweepflow.data.source import DataSource, Validation
from sweepflow.data.time_split import forward_parts
from sweepflow.errors import DataError

Parts = dict[str, NDArray[np.intp]]

_DRAWN = ("validation", "test")
"""The parts that are held back."""


def split(
    y: NDArray[Any],
    source: DataSource,
    validation: Validation,
    stratify: bool,
    roles: Roles,
    named: Parts | None = None,
) -> Parts:
    """The row numbers of each part, ascending: as `named`, what these lack drawn from their training rows.

    `y` has a value, or those of several targets, for each row. Drawn are the later rows if there is a time,
    else whole groups if there are some, else any rows. DataError if the rows cannot be split.
    """
    if named is None:
        return _drawn(y, source, validation, stratify, roles, _DRAWN)
    rows = named["train"]
    lacking = [part for part in _DRAWN if part not in named]
    drawn = _drawn(y[rows], source, validation, stratify, roles.of(rows), lacking) if lacking else {}
    parts = {**named, **{part: rows[numbers] for part, numbers in drawn.items()}}
    return {part: parts[part] for part in ("train", *_DRAWN)}


def _drawn(
    y: NDArray[Any],
    source: DataSource,
    validation: Validation,
    stratify: bool,
    roles: Roles,
    drawn: Collection[str],
) -> Parts:
    """The numbers of the rows that are drawn for these parts, and of the training rows that are left."""
    if roles.time is not None:
        return forward_parts(roles.time, roles.group, validation, drawn)
    if roles.group is not None:
        classes = np.unique(y, return_inverse=True)[1] if stratify else np.zeros(len(y), dtype=np.intp)
        sizes = {"validation": validation.validation_size, "test": validation.test_size}
        shares = {part: size for part, size in sizes.items() if part in drawn}
        shares = {"train": 1 - sum(shares.values()), **shares}
        return group_parts(roles.group, classes, shares, validation.seed, str(source.group))
    return split_rows(y, validation, stratify, str(source.target), drawn)


def split_rows(
    y: NDArray[Any],
    validation: Validation,
    stratify: bool,
    target: str,
    drawn: Collection[str] = _DRAWN,
) -> Parts:
    """The row numbers of each part, ascending: the test part is drawn first, validation from the rest.

    DataError, which names `target`, if the rows cannot be split.
    """
    if stratify:
        _check_classes(y, target, 1 + len(drawn))
    rows, found, seed = np.arange(len(y)), {}, validation.seed
    sizes = {"test": validation.test_size, "validation": ceil(validation.validation_size * len(y))}
    for part, size in sizes.items():
        if part not in drawn:
            continue
        classes = y[rows] if stratify else None
        try:
            rows, found[part] = draw(rows, size, classes, seed)
        except ValueError as error:
            by = f" by the {len(np.unique(y))} classes of column {target!r}" if stratify else ""
            message = f"{len(y)} rows are too few for this split{by}, add rows or change the size: {error}"
            raise DataError(f"validation.{part}_size", message) from error
    parts = {"train": rows, **{part: found[part] for part in _DRAWN if part in drawn}}
    if stratify:
        _exchange(y, parts, seed)
    return {part: np.sort(numbers) for part, numbers in parts.items()}


def split_notices(
    parts: Parts,
    y: NDArray[Any],
    labels: Sequence[Label] | None,
    source: DataSource,
    validation: Validation,
) -> Iterator[str]:
    """Notices of rows that no part has, and of classes that a part lacks, if its rows were not just drawn."""
    is_named = validation.part is not None or bool(source.part_paths)
    if (n_out := len(y) - sum(map(len, parts.values()))) and not is_named:
        reasons = {"lie in a gap": validation.gap, "are of a group with later rows": source.group}
        why = " or ".join(reason for reason, is_so in reasons.items() if is_so)
        yield f"{n_out} of {len(y)} rows are in no part: they {why}."
    if labels and (is_named or source.group or source.time):
        for part, rows in parts.items():
            if lacking := sorted(set(labels) - set(y[rows].tolist()), key=str):
                shown = ", ".join(map(repr, lacking[:5])) + (", ..." if len(lacking) > 5 else "")
                yield f"The {part} part has no row of class {shown}."


def _exchange(y: NDArray[Any], parts: Parts, seed: int) -> None:
    """Give each part a row of every class for one of its commonest class: a small share may round to none."""
    generator = np.random.default_rng(seed)
    labels, codes = np.unique(y, return_inverse=True)
    for numbers in parts.values():
        for code in sorted(set(range(len(labels))) - set(codes[numbers])):
            donor = max(parts.values(), key=lambda part_numbers: (codes[part_numbers] == code).sum())
            received = generator.choice(np.flatnonzero(codes[donor] == code))
            common = np.bincount(codes[numbers]).argmax()
            returned = generator.choice(np.flatnonzero(codes[numbers] == common))
            numbers[returned], donor[received] = donor[received], numbers[returned]


def _check_classes(y: NDArray[Any], target: str, n_parts: int) -> None:
    labels, counts = np.unique(y, return_counts=True)
    if counts.min() < n_parts:
        small = labels.tolist()[counts.argmin()]
        size = f"class {small!r} of column {target!r} has {counts.min()} of {len(y)} rows"
        others = f"{(counts < n_parts).sum()} of {len(labels)} classes are too small"
        rule = f"needs {n_parts}, one for each part ({others})"
        raise DataError(
            "data.target", f"{size} but {rule}: add rows, merge classes, or set validation.stratify to false"
        )
