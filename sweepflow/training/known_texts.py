"""The different texts of a column, which a model knows by their numbers: many of them in little memory.

As Python strings, 100,000 short texts take 6 MB, a model file of them 40 MB, and writing that 200 MB.
"""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Packed = tuple[NDArray[np.int64], NDArray[np.uint8]]
"""Where each text ends, behind a 0, and all texts one after the other in UTF-8."""


def different(texts: NDArray[np.object_]) -> pa.LargeStringArray:
    """The different ones of these texts, in ascending order; NaN is none."""
    found = pc.unique(pa.array(texts, pa.large_string(), from_pandas=True)).drop_null()
    return found.take(pc.sort_indices(found))


def numbered(texts: NDArray[np.object_], known: pa.LargeStringArray) -> NDArray[np.int32]:
    """The place of each text among the known ones; -1 if it is none of them, and their number for NaN."""
    places = pc.index_in(pa.array(texts, pa.large_string(), from_pandas=True), value_set=known)
    numbers = np.array(places.fill_null(-1), dtype=np.int32)
    numbers[pd.isna(texts)] = len(known)
    return numbers


def packed(texts: pa.LargeStringArray) -> Packed:
    """The texts as they are written into files."""
    whole = pa.concat_arrays([texts])  # a slice shares the buffers of what it was cut from
    _, ends, letters = whole.buffers()
    n_ends = len(whole) + 1 if len(whole) else 0
    found = np.frombuffer(ends, np.int64)[:n_ends] if n_ends else np.zeros(1, np.int64)
    return found.copy(), np.frombuffer(letters or b"", np.uint8)[: found[-1]].copy()


def unpacked(state: Any) -> pa.LargeStringArray:
    """The texts from what `packed` gives, or as older model files have them: an array of strings.

    ArrowInvalid if the numbers of a file are no such texts.
    """
    if isinstance(state, np.ndarray):
        return pa.array(state, pa.large_string())
    ends, letters = (np.ascontiguousarray(each) for each in state)
    buffers = [None, pa.py_buffer(ends.astype(np.int64)), pa.py_buffer(letters.astype(np.uint8))]
    texts = pa.Array.from_buffers(pa.large_string(), len(ends) - 1, buffers)
    texts.validate(full=True)
    return texts
