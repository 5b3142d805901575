"""What a preprocessing makes of rows, in files beside the data that all workers map into memory."""

import hashlib
import json
import pickle
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from sklearn.compose import ColumnTransformer

from sweepflow.data.prepared import PreparedData, arrays_folder
from sweepflow.data.roles import Roles
from sweepflow.training.array_files import read_arrays, write_batches
from sweepflow.training.fit_by_columns import Learning, fit_by_columns, of_own_rows
from sweepflow.training.kept_folders import MOST_KEPT, kept
from sweepflow.training.table_rows import TableRows

_PREPROCESS = "preprocess.pickle"

_MOST_AT_ONCE = 2_000_000
"""Cells of the table that are preprocessed together."""

_VERSIONS = [2, sys.version, *(version(name) for name in ("numpy", "pandas", "scikit-learn"))]


class RowsToKeep(NamedTuple):
    """The rows that a preprocessing is fitted on, with their target and roles, and others to transform."""

    fitted_on: TableRows
    target: Any
    roles: Roles
    others: Sequence[TableRows]


def preprocessed(
    preprocess: ColumnTransformer,
    data: PreparedData,
    gap: int | str,
    which: Sequence[str],
    rows: Callable[[], RowsToKeep],
    most: int = MOST_KEPT,
) -> tuple[Any, ...]:
    """The fitted preprocessing, what it makes of the rows that it is fitted on, and of each of the others.

    `which` says which rows of the data these are; `rows` gives them to whoever comes first, and writes the
    files. So many results as `most` are kept. OSError if the files cannot be written.
    """
    steps = preprocess.get_params()
    facts = [
        _VERSIONS,
        [(kind, list(names)) for kind, _, names in preprocess.transformers],
        [(name, repr(value)) for name, value in steps.items() if not _is_of_steps(name, value)],
        [type(value).__qualname__ for value in steps.values()],
        [gap, list(which), data.model_dump(mode="json", exclude={"folder"})],
    ]
    name = hashlib.sha256(json.dumps(facts).encode()).hexdigest()

    def write(folder: Path) -> None:
        _write(folder, preprocess, rows(), gap)

    return kept(arrays_folder(data.folder), name, write, _read, most)


def _is_of_steps(name: str, value: object) -> bool:
    """Whether a parameter of the preprocessing is a step, or holds some, and no plain value."""
    return hasattr(value, "get_params") or name.rpartition("__")[2] in ("steps", "transformers")


def _write(folder: Path, preprocess: ColumnTransformer, rows: RowsToKeep, gap: int | str) -> None:
    scratch = folder / "scratch"
    scratch.mkdir(mode=0o700)
    learning = Learning(rows.fitted_on, rows.target, rows.roles, gap, scratch)
    fit_by_columns(preprocess, learning)
    with of_own_rows(preprocess, learning.own):
        write_batches(folder / "0", _batches(preprocess, rows.fitted_on))
    shutil.rmtree(scratch)
    for number, others in enumerate(rows.others, start=1):
        write_batches(folder / str(number), _batches(preprocess, others))
    (folder / _PREPROCESS).write_bytes(pickle.dumps(preprocess))


def _read(folder: Path) -> tuple[Any, ...]:
    # A pickle, unlike a model file: it is private to its writer, and goes with the sweep.
    preprocess = pickle.loads((folder / _PREPROCESS).read_bytes())
    numbers = sorted(path for path in folder.iterdir() if path.is_dir())
    return preprocess, *map(read_arrays, numbers)


def _batches(preprocess: ColumnTransformer, rows: TableRows) -> Iterator[Any]:
    n_at_once = max(1000, _MOST_AT_ONCE // len(rows.names))
    if not len(rows):
        yield preprocess.transform(rows.first(1))
    for batch in rows.batches(n_at_once):
        yield preprocess.transform(batch)
