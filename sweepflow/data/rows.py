"""Which rows train, which rank the trials, and which test the winner."""

from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from sweepflow.data.group_split import group_parts
from sweepflow.data.roles import Roles
from sweepflow.data.source import DataSource, Validation
from sweepflow.data.time_split import forward_parts
from sweepflow.errors import DataError

Parts = dict[str, NDArray[np.intp]]


def split(y: NDArray[Any], source: DataSource, validation: Validation, stratify: bool, roles: Roles) -> Parts:
    """The row numbers of each part, ascending: forward in time if there is one, else no group in two parts.

    Without time and group they are drawn by `split_rows`. DataError if the rows cannot be split.
    """
    if roles.time is not None:
        return forward_parts(roles.time, roles.group, validation)
    if roles.group is not None:
        classes = np.unique(y, return_inverse=True)[1] if stratify else np.zeros(len(y), dtype=np.intp)
        held_out = {"validation": validation.validation_size, "test": validation.test_size}
        shares = {"train": 1 - sum(held_out.values()), **held_out}
        return group_parts(roles.group, classes, shares, validation.seed, str(source.group))
    return split_rows(y, validation, stratify, source.target)


def split_rows(y: NDArray[Any], validation: Validation, stratify: bool, target: str) -> Parts:
    """The row numbers of each part, ascending: the test part is drawn first, validation from the rest.

    DataError, which names `target`, if the rows cannot be split.
    """
    if stratify:
        _check_classes(y, target)
    rows, drawn, seed = np.arange(len(y)), {}, validation.seed
    sizes = {"test": validation.test_size, "validation": ceil(validation.validation_size * len(y))}
    for part, size in sizes.items():
        classes = y[rows] if stratify else None
        try:
            rows, drawn[part] = train_test_split(rows, test_size=size, random_state=seed, stratify=classes)
        except ValueError as error:
            by = f" by the {len(np.unique(y))} classes of column {target!r}" if stratify else ""
            message = f"{len(y)} rows are too few for this split{by}, add rows or change the size: {error}"
            raise DataError(f"validation.{part}_size", message) from error
    parts = {part: drawn.get(part, rows) for part in ("train", "validation", "test")}
    if stratify:
        _exchange(y, parts, seed)
    return {part: np.sort(numbers) for part, numbers in parts.items()}


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


def _check_classes(y: NDArray[Any], target: str) -> None:
    labels, counts = np.unique(y, return_counts=True)
    if counts.min() < 3:
        small = labels.tolist()[counts.argmin()]
        size = f"class {small!r} of column {target!r} has {counts.min()} of {len(y)} rows"
        rule = f"needs 3, one for each part ({(counts < 3).sum()} of {len(labels)} classes are too small)"
        raise DataError(
            "data.target", f"{size} but {rule}: add rows, merge classes, or set validation.stratify to false"
        )
