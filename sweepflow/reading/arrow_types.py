"""The Arrow types that are supported, by the kind of column that they make."""

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

__all__ = ["KINDS", "decoded", "is_text", "kind_of"]

KINDS = {
    "numeric": (types.is_integer, types.is_floating, types.is_decimal, types.is_duration),
    "boolean": (types.is_boolean,),
    "categorical": (types.is_string, types.is_large_string, types.is_string_view),
    "date": (types.is_date, types.is_timestamp),
    "time": (types.is_time,),
}


def kind_of(type: pa.DataType) -> str | None:
    """The kind of a column of that type, a key of `KINDS`; None if it cannot be used."""
    return next((kind for kind, tests in KINDS.items() if any(test(type) for test in tests)), None)


def is_text(type: pa.DataType) -> bool:
    """Whether a column of that type holds text."""
    return kind_of(type) == "categorical"


def decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The plain values of an encoded column (dictionaries, runs, views); any other column as it is.

    Arrow cannot filter or count all types of encoded columns.
    """
    plain = _decoded_type(column.type)
    if plain == column.type:
        return column
    return pa.chunked_array([_decoded_array(chunk) for chunk in column.chunks], type=plain)


def _decoded_type(type: pa.DataType) -> pa.DataType:
    if types.is_dictionary(type) or types.is_run_end_encoded(type):
        return _decoded_type(type.value_type)
    if types.is_string_view(type):
        return pa.large_string()
    return pa.large_binary() if types.is_binary_view(type) else type


def _decoded_array(array: pa.Array) -> pa.Array:
    if types.is_dictionary(array.type):
        return _decoded_array(array.dictionary).take(array.indices)
    if types.is_run_end_encoded(array.type):
        return _decoded_array(pc.run_end_decode(array))
    return array.cast(_decoded_type(array.type))
