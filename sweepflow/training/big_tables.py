"""Which tables are big: they are preprocessed once for all workers, into files that these map into memory."""

from pathlib import Path

from sweepflow.data.prepared import Part, PreparedData
from sweepflow.training.plain_columns import are_plain_numbers

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

    That is so of plain numbers without roles, where a trial has one training part: of other columns, the
    fitted preprocessing imports what reads tables.
    """
    return n_folds is None and not data.roles.are_named and are_plain_numbers(data) and is_big(data)
