"""Arrays, sparse matrices and tables of numbers: written to files batch by batch, and mapped into memory."""

import pickle
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sweepflow.base.tables import is_table

if TYPE_CHECKING:
    import pandas as pd

_LAYOUT = "layout.pickle"
_MOST_OF_INT32 = np.iinfo(np.int32).max


class _Layout(NamedTuple):
    """How the arrays of the files make the whole again."""

    types: list[np.dtype[Any]]
    shapes: list[tuple[int, ...]]
    empty: Any
    """The whole without its rows: an array, a sparse matrix or a table."""


def write_batches(folder: Path, batches: Iterable[Any]) -> None:
    """Write the rows of these batches, which are all arrays, all sparse matrices or all tables.

    There must be at least one batch. The columns of a table are numbers or categories. Arrays are written row
    by row, as most estimators want them.
    """
    folder.mkdir(mode=0o700)
    layout, ends = _Layout([], [], None), [np.zeros(1, dtype=np.int64)]
    with ExitStack() as stack:
        files: list[BinaryIO] = []
        for batch in batches:
            arrays = _arrays_of(batch)
            if not files:
                files = [stack.enter_context(_path(folder, place).open("wb")) for place in range(len(arrays))]
                shapes = [each[:0].shape for each in arrays]
                layout = _Layout([each.dtype for each in arrays], shapes, batch[:0])
            for place, array in enumerate(arrays):
                array.tofile(files[place])
                length, *width = layout.shapes[place]
                layout.shapes[place] = (length + len(array), *width)
            if sparse.issparse(batch):
                ends.append(batch.indptr[1:] + ends[-1][-1])
    if sparse.issparse(layout.empty):
        n_values = ends[-1][-1]
        all_ends = np.concatenate(ends).astype(np.int64 if n_values > _MOST_OF_INT32 else np.int32)
        all_ends.tofile(_path(folder, len(files)))
        layout.types.append(all_ends.dtype)
        layout.shapes.append(all_ends.shape)
    (folder / _LAYOUT).write_bytes(pickle.dumps(layout))


def read_arrays(folder: Path) -> Any:
    """The array, sparse matrix or table that was written there.

    It is mapped into memory: who writes into it changes it for nobody else, and changes no file.
    """
    layout: _Layout = pickle.loads((folder / _LAYOUT).read_bytes())
    described = zip(layout.types, layout.shapes, strict=True)
    arrays = [_mapped(_path(folder, place), *each) for place, each in enumerate(described)]
    if is_table(layout.empty):
        return _table(layout.empty, arrays)
    if sparse.issparse(layout.empty):
        values, columns, ends = arrays
        shape = len(ends) - 1, layout.empty.shape[1]
        return type(layout.empty)((values, columns, ends), shape=shape, copy=False)
    return arrays[0]


def read_array(path: Path) -> NDArray[Any]:
    """The array of a file of NumPy's, mapped in the same way if it does not hold Python's objects."""
    try:
        return np.asarray(np.load(path, mmap_mode="c"))
    except ValueError:  # of objects
        return np.asarray(np.load(path, allow_pickle=True))


def _arrays_of(batch: Any) -> list[NDArray[Any]]:
    if is_table(batch):
        columns = (batch.iloc[:, place] for place in range(batch.shape[1]))
        return [_codes(column) if _is_category(column.dtype) else column.to_numpy() for column in columns]
    return [batch.data, batch.indices] if sparse.issparse(batch) else [batch]


def _codes(column: "pd.Series[Any]") -> NDArray[Any]:
    return np.asarray(column.cat.codes.to_numpy())


def _is_category(dtype: Any) -> bool:
    import pandas as pd

    return isinstance(dtype, pd.CategoricalDtype)


def _table(empty: "pd.DataFrame", arrays: list[NDArray[Any]]) -> "pd.DataFrame":
    import pandas as pd

    columns: dict[int, Any] = {}
    for place, (dtype, array) in enumerate(zip(empty.dtypes, arrays, strict=True)):
        is_category = isinstance(dtype, pd.CategoricalDtype)
        columns[place] = pd.Categorical.from_codes(array, dtype=dtype) if is_category else array
    table = pd.DataFrame(columns, copy=False)
    table.columns = empty.columns
    return table


def _mapped(path: Path, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    if 0 in shape:  # nothing cannot be mapped
        return np.empty(shape, dtype)
    return np.asarray(np.memmap(path, dtype, mode="c", shape=shape))


def _path(folder: Path, place: int) -> Path:
    return folder / f"{place}.bin"
