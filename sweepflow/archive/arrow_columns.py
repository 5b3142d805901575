"""Arrow columns from Python's values, without pandas, which `pyarrow.array` imports for a list: 40 MB."""

from array import array
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

TIME = pa.timestamp("us", tz="UTC")
"""The type of a column of times."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def arrow_column(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """The column of these values, None where there is none; of texts, numbers, booleans or times."""
    known = np.array([value is not None for value in values], dtype=bool)
    valid = None if known.all() else _bits(known)
    return pa.Array.from_buffers(kind, len(values), [valid, *_BUFFERS[kind](values)])


def buffer_column(values: "array[Any]", kind: pa.DataType) -> pa.Array:
    """The column of these 64-bit values, which are not copied; NaN is none."""
    known = ~np.isnan(np.frombuffer(values, values.typecode))
    valid = None if known.all() else _bits(known)
    return pa.Array.from_buffers(kind, len(values), [valid, pa.py_buffer(values)])


def dictionary_column(texts: Sequence[str], places: "array[int]") -> pa.Array:
    """The column of texts, each the one at its place among `texts`."""
    indices = pa.Array.from_buffers(pa.int32(), len(places), [None, pa.py_buffer(places)])
    column: pa.Array = pa.DictionaryArray.from_arrays(indices, arrow_column(texts, pa.string()))
    return column.dictionary_decode()


def _numbers(dtype: type[Any]) -> Callable[[Sequence[Any]], list[pa.Buffer]]:
    def buffers(values: Sequence[Any]) -> list[pa.Buffer]:
        return [pa.py_buffer(np.array([0 if value is None else value for value in values], dtype))]

    return buffers


def _booleans(values: Sequence[Any]) -> list[pa.Buffer]:
    return [_bits(np.array([bool(value) for value in values], dtype=bool))]


def _times(values: Sequence[Any]) -> list[pa.Buffer]:
    microsecond = timedelta(microseconds=1)
    return _numbers(np.int64)([value and (value - _EPOCH) // microsecond for value in values])


def _texts(values: Sequence[Any]) -> list[pa.Buffer]:
    encoded = [b"" if value is None else value.encode() for value in values]
    offsets = np.zeros(len(values) + 1, dtype=np.int32)
    offsets[1:] = np.cumsum(np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded)))
    return [pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]


def _bits(flags: Any) -> pa.Buffer:
    return pa.py_buffer(np.packbits(flags, bitorder="little"))


_BUFFERS: dict[pa.DataType, Callable[[Sequence[Any]], list[pa.Buffer]]] = {
    pa.string(): _texts,
    pa.int64(): _numbers(np.int64),
    pa.float64(): _numbers(np.float64),
    pa.bool_(): _booleans,
    TIME: _times,
}
