"""What a preprocessing makes of rows, in files beside the data that all workers map into memory."""

import hashlib
import json
import pickle
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sklearn.compose import ColumnTransformer

from sweepflow.base.freed_memory import give_back_freed_memory
from sweepflow.data.prepared import PreparedData, arrays_folder
from sweepflow.data.roles import Roles
from sweepflow.training.apart import reading_tables
from sweepflow.training.array_files import read_array, read_arrays, write_batches
from sweepflow.training.costs import quickest_ms
from sweepflow.training.kept_folders import MOST_KEPT, kept

if TYPE_CHECKING:
    from sweepflow.training.table_rows import TableRows

_PREPROCESS = "preprocess.pickle"
_BESIDE = "beside-{}.npy"

_MOST_AT_ONCE = 2_000_000
"""Cells of the table that are preprocessed together."""

_VERSIONS = [3, sys.version, *(version(name) for name in ("numpy", "pandas", "scikit-learn"))]
"""The first number counts on whenever a preprocessing makes something else of the same rows."""


class RowsToKeep(NamedTuple):
    """The rows that a preprocessing is fitted on, with their target and roles, and others to transform."""

    fitted_on: "TableRows"
    target: Any
    roles: Roles
    others: Sequence["TableRows"]
    beside: Sequence[Any] = ()
    """Arrays that are kept as they are."""


class Preprocessed(NamedTuple):
    """The fitted preprocessing, and what was made of the rows."""

    preprocess: ColumnTransformer
    features: list[Any]
    """Those of the rows that it is fitted on, and of each of the others."""
    beside: list[Any]
    row_ms: float | None
    """The milliseconds that it takes for one row; None if that could not be measured."""


class Asked(NamedTuple):
    """A preprocessing that is to be fitted, and all that decides what it makes of rows."""

    unfitted: Callable[[], ColumnTransformer]
    facts: Sequence[object]


def asked_for(preprocess: ColumnTransformer) -> Asked:
    """This unfitted preprocessing, which is there already."""
    steps = preprocess.get_params()
    facts = [
        [(kind, list(names)) for kind, _, names in preprocess.transformers],
        [(name, repr(value)) for name, value in steps.items() if not _is_of_steps(name, value)],
        [type(value).__qualname__ for value in steps.values()],
    ]
    return Asked(lambda: preprocess, facts)


def preprocessed(
    asked: Asked,
    data: PreparedData,
    gap: int | str,
    which: Sequence[str],
    rows: Callable[[], RowsToKeep],
    most: int = MOST_KEPT,
) -> Preprocessed | None:
    """The fitted preprocessing, what it makes of the rows that it is fitted on, and of each of the others.

    `which` says which rows of the data these are; `rows` gives them to whoever comes first, and writes the
    files. So many results as `most` are kept. None, with a printed line, if they cannot be written; ChildDied
    as of `reading_tables`.
    """
    of_data = [gap, list(which), data.model_dump(mode="json", exclude={"folder"})]
    name = hashlib.sha256(json.dumps([_VERSIONS, *asked.facts, of_data], sort_keys=True).encode()).hexdigest()

    def write(folder: Path) -> None:
        reading_tables(lambda: _write(folder, asked.unfitted(), rows(), gap))

    try:
        found = kept(arrays_folder(data.folder), name, write, _read, most)
    except OSError as error:  # a full disk, say
        print(f"the preprocessed rows are in this process's own memory: {error}")
        return None
    give_back_freed_memory()  # what writing them, or what this process has done before, has left behind
    return found


def _is_of_steps(name: str, value: object) -> bool:
    """Whether a parameter of the preprocessing is a step, or holds some, and no plain value."""
    return hasattr(value, "get_params") or name.rpartition("__")[2] in ("steps", "transformers")


def _write(folder: Path, preprocess: ColumnTransformer, rows: RowsToKeep, gap: int | str) -> None:
    from sweepflow.training.fit_by_columns import Learning, fit_by_columns, of_own_rows

    scratch = folder / "scratch"
    scratch.mkdir(mode=0o700)
    learning = Learning(rows.fitted_on, rows.target, rows.roles, gap, scratch)
    fit_by_columns(preprocess, learning)
    with of_own_rows(preprocess, learning.own):
        write_batches(folder / "0", _batches(preprocess, rows.fitted_on))
    shutil.rmtree(scratch)
    for number, others in enumerate(rows.others, start=1):
        write_batches(folder / str(number), _batches(preprocess, others))
    for number, array in enumerate(rows.beside):
        np.save(folder / _BESIDE.format(number), array)
    row = (*rows.others, rows.fitted_on)[0].first(1)
    row_ms = quickest_ms(partial(preprocess.transform, row))
    (folder / _PREPROCESS).write_bytes(pickle.dumps((preprocess, row_ms)))


def _read(folder: Path) -> Preprocessed:
    # A pickle, unlike a model file: it is private to its writer, and goes with the sweep.
    preprocess, row_ms = pickle.loads((folder / _PREPROCESS).read_bytes())
    features = sorted(path for path in folder.iterdir() if path.is_dir())
    beside = sorted(folder.glob(_BESIDE.format("*")))
    return Preprocessed(preprocess, [*map(read_arrays, features)], [*map(read_array, beside)], row_ms)


def _batches(preprocess: ColumnTransformer, rows: "TableRows") -> Iterator[Any]:
    n_at_once = max(1000, _MOST_AT_ONCE // len(rows.names))
    if not len(rows):
        yield preprocess.transform(rows.first(1))
    for batch in rows.batches(n_at_once):
        yield preprocess.transform(batch)
