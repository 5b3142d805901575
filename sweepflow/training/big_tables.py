"""Which tables are big: they are preprocessed once for all workers, into files that these map into memory."""

from pathlib import Path

from sweepflow.data.prepared import Part, PreparedData

FITTED_PARTS: tuple[Part, ...] = ("train", "validation")
"""Those that a trial learns from and is scored on."""

_SMALL = 16_000_000
"""Up to so many bytes each worker preprocesses the rows for itself, which is quicker than a file."""


def n_bytes(data: PreparedData) -> int:
    """The size of the rows that a trial learns from and is scored on."""
    return sum(Path(data.folder, f"{part}.arrow").stat().st_size for part in FITTED_PARTS)


def is_big(data: PreparedData) -> bool:
    """Whether the rows are preprocessed once for all workers, into files."""
    return n_bytes(data) > _SMALL


def is_mapped_alone(data: PreparedData, n_folds: int | None) -> bool:
    """Whether trials need nothing but arrays of such files, and nothing that reads tables.

    That is so of numbers without roles, where a trial has one training part. What is made of other columns is
    read by the packages that have made it.
    """
    has_others = data.boolean or data.categorical or data.date or data.time or data.roles.are_named
    return n_folds is None and not has_others and is_big(data)
