"""A column of every type of Arrow, and of every form of text: what is accepted, and what is refused."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

N_ROWS = 30


def array(values: Sequence[object], type: pa.DataType | None = None) -> pa.Array:
    """The values, repeated, in that type; every fifth one is missing."""
    rows = [None if row % 5 == 4 else values[row % len(values)] for row in range(N_ROWS)]
    return pa.array(rows, type)


def runs(values: pa.Array) -> pa.Array:
    ends = pa.array(range(1, len(values) + 1), pa.int32())
    return pa.RunEndEncodedArray.from_arrays(ends, values)


def dictionary(values: pa.Array) -> pa.Array:
    rows = [None if row % 5 == 4 else row % len(values) for row in range(N_ROWS)]
    return pa.DictionaryArray.from_arrays(pa.array(rows, pa.int32()), values)


def extension(type: pa.DataType, values: Sequence[object]) -> pa.Array:
    return pa.ExtensionArray.from_storage(type, array(values, type.storage_type))


INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
FLOATS = ["float16", "float32", "float64"]
DECIMALS = [pa.decimal32(5, 2), pa.decimal64(12, 4), pa.decimal128(30, 9), pa.decimal256(50, 2)]
UNITS = ["s", "ms", "us", "ns"]
DAY = 86_400

ACCEPTED = {
    **{name: array([1, 7, 2, 100], getattr(pa, name)()) for name in INTEGERS},
    **{f"full {name}": pa.array([*range(N_ROWS)], getattr(pa, name)()) for name in INTEGERS},
    **{name: array(list(map(np.float16, [0.1, 2.5, -3.3])), getattr(pa, name)()) for name in FLOATS},
    "large numbers": array([1e90, -1e90]),
    "large numbers in single precision": array([1e36, -1e36], pa.float32()),
    "NaN instead of null": pa.array([0.5, float("nan"), 3.25] * 10),
    "integers beyond 2**53": pa.array([2**53 + 1, 2**62 + 3, -(2**60)] * 10),
    "with gaps beyond 2**53": array([2**53 + 1, 2**62 + 3, -(2**60)]),
    "uint64 beyond int64": pa.array([2**64 - 1, 1, 2**63] * 10, pa.uint64()),
    **{str(type): array(list(map(Decimal, ["1.25", "-3.1", "100"])), type) for type in DECIMALS},
    "decimals that round": array([Decimal("0.1234567890123456789"), Decimal("1e9")], pa.decimal128(38, 19)),
    "decimal of whole tens": array([Decimal("1e3"), Decimal("5e2")], pa.decimal128(5, -2)),
    "bool": array([True, False, False]),
    "full bool": pa.array([True, False, False] * 10),
    "null": pa.nulls(N_ROWS),
    **{name: array(["a", "b", "", " a"], getattr(pa, name)()) for name in ("string", "large_string")},
    "string_view": array(["a", "b", "", "long enough not to be inlined"], pa.string_view()),
    "text of numbers": array(["01", "1", "1.0"]),
    "text of times": array(["8:30", "17:05", "23:59:59.5"]),
    "text of booleans": array(["true", "False", "yes"]),
    **{
        f"timestamp {unit} {zone}": array([0, 10**9 + 1, -(10**6)], pa.timestamp(unit, zone))
        for unit in UNITS
        for zone in (None, "UTC", "Asia/Kolkata")
    },
    "date32": array([date(2024, 1, 31), date(1960, 2, 29)], pa.date32()),
    "date64": array([date(2024, 1, 31), date(1960, 2, 29)], pa.date64()),
    "the first and the last day": array([date(1, 1, 1), date(9999, 12, 31), date(2024, 1, 1)]),
    "the first and the last moment": array([datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)]),
    **{
        f"time {type}": array([time(8, 30), time(0), time(23, 59, 59)], type)
        for type in (pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns"))
    },
    "time of parts of a second": array([time(8, 30, 0, 125), time(23, 59, 59, 999999)]),
    **{f"duration {unit}": array([90, 10**9, -5], pa.duration(unit)) for unit in UNITS},
    "long durations": array([timedelta(days=300_000), timedelta(microseconds=1)]),
    **{
        f"dictionary of {values.type}": dictionary(values)
        for values in (
            pa.array(["a", "b", "c"]),
            pa.array(["a", "b", "c"], pa.large_string()),
            pa.array(["a", "b", "long enough not to be inlined"], pa.string_view()),
            pa.array(["8:30", "9:45"]),
            pa.array([3, 1, 200]),
            pa.array([3, 1, 200], pa.uint8()),
            pa.array([0.5, 1.25]),
            pa.array([0.5, 1.25], pa.float32()),
            pa.array([True, False]),
            pa.array([Decimal("1.25"), Decimal("7.00")]),
            pa.array([date(2024, 1, 31), date(1960, 2, 29)]),
            pa.array([datetime(2024, 1, 31, 12), datetime(1960, 2, 29)]),
            pa.array([time(8, 30), time(22)]),
            pa.array([timedelta(hours=2), timedelta(hours=3)]),
        )
    },
    "dictionary of unsigned indices": pa.DictionaryArray.from_arrays(
        pa.array([0, 1, 2] * 10, pa.uint32()), pa.array(["a", "b", "c"])
    ),
    "dictionary without gaps": pa.array([3, 1, 200] * 10).dictionary_encode(),
    "ordered dictionary": pa.DictionaryArray.from_arrays(
        pa.array([0, 1, 2] * 10, pa.int8()), pa.array(["low", "mid", "high"]), ordered=True
    ),
    "runs of numbers": runs(array([1, 7, 2])),
    "runs of text": runs(array(["a", "b"])),
}
REFUSED = {
    **{name: array([b"a", b"b"], getattr(pa, name)()) for name in ("binary", "large_binary", "binary_view")},
    "fixed size binary": array([b"ab", b"cd"], pa.binary(2)),
    "list": array([[1], [2, 3]]),
    "large list": array([[1], [2, 3]], pa.large_list(pa.int64())),
    "list view": array([[1], [2, 3]], pa.list_view(pa.int64())),
    "large list view": array([[1], [2, 3]], pa.large_list_view(pa.int64())),
    "fixed size list": array([[1, 2], [2, 3]], pa.list_(pa.int64(), 2)),
    "struct": array([{"a": 1}, {"a": 2}]),
    "map": array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
    "interval": array([(1, 2, 3)], pa.month_day_nano_interval()),
    "sparse union": pa.UnionArray.from_sparse(
        pa.array([0, 1] * 15, pa.int8()), [pa.array([*range(N_ROWS)]), pa.array(["a"] * N_ROWS)]
    ),
    "dense union": pa.UnionArray.from_dense(
        pa.array([0, 1] * 15, pa.int8()),
        pa.array([0] * N_ROWS, pa.int32()),
        [pa.array([1]), pa.array(["a"])],
    ),
    "dictionary of binary": dictionary(pa.array([b"a", b"b"])),
    "runs of binary": runs(array([b"a", b"b"])),
    "uuid": extension(pa.uuid(), [b"0123456789abcdef"]),
    "bool8": extension(pa.bool8(), [0, 1]),
    "json": extension(pa.json_(), ["1", "2"]),
    "opaque": extension(pa.opaque(pa.int64(), "a", "b"), [1, 2]),
    "periods": pa.Array.from_pandas(pd.Series(pd.period_range("2024-01", periods=N_ROWS, freq="M"))),
    "intervals": pa.Array.from_pandas(pd.Series(pd.interval_range(0, N_ROWS))),
    "days before the first": array([-719_163, 0], pa.date32()),
    "days after the last": array([2_932_897, 0], pa.date32()),
    "days that overflow": array([146_000_000, 0], pa.date32()),
    "moments after the last": array([253_402_300_800, 0], pa.timestamp("s")),
    "moments that overflow": array([2**62, 0], pa.timestamp("s", "UTC")),
    "infinity": array([1.0, float("inf")]),
    "infinity in single precision": array([1.0, float("-inf")], pa.float32()),
    "infinity in half precision": array(list(map(np.float16, [1.0, float("-inf")])), pa.float16()),
    "numbers too large to be scaled": array([1e200, 1.0]),
    "too large in single precision": array([3e38, -3e38], pa.float32()),
}
CSV = {
    "times": ["08:30", "17:05", ""],
    "times to the second": ["08:30:00", "17:05:59"],
    "times of both": ["08:30", "17:05:59"],
    "times of one digit": ["8:30", "17:05"],
    "times to parts of a second": ["08:30:00.5", "17:05:59.123456"],
    "times of twelve hours": ["8:30 am", "5:05 PM", "12:00 am"],
    "the end of the day": ["24:00", "00:00"],
    "shifts": ["06:00", "14:00", "22:00"],
    "true": ["true", "false", "true"],
    "TRUE": ["TRUE", "FALSE"],
    "true with gaps": ["True", "False", ""],
    "true in three ways": ["true", "True", "FALSE"],
    "true and 1": ["true", "1", "0", "false"],
    "true and 1 with gaps": ["true", "1", "0", ""],
    "yes": ["yes", "no"],
    "T": ["T", "F"],
    "1 and 0": ["1", "0"],
    "integers": ["1", "20", "-3"],
    "integers with gaps": ["1", "20", ""],
    "integers beyond 2**53": ["9007199254740993", "1"],
    "integers beyond 2**53 with gaps": ["9007199254740993", "1", ""],
    "integers beyond int64": ["18446744073709551615", "1"],
    "integers beyond uint64": ["123456789012345678901234567890", "1"],
    "integers below int64": ["-9223372036854775809", "1"],
    "integers beyond uint64 with gaps": ["123456789012345678901234567890", "1", ""],
    "hexadecimal": ["0x1F", "0x20", "0x2a"],
    "hexadecimal with gaps": ["0x1F", "0X20", ""],
    "numbers and one odd cell": [*(f"{row / 3:.4f}" for row in range(N_ROWS - 1)), "?"],
    "decimal commas": ['"1,5"', '"0,25"', '"-3,75"'],
    "decimal commas with gaps": ['"1,5"', '"0,25"', ""],
    "thousands": ['"1,234.50"', '"12,000.25"', "3.5"],
    "percentages": ["5%", "12.5%", "0.5 %"],
    "amounts": ["$5", "$1.50", "$20"],
    "signs": ["+5", "-6"],
    "blanks around numbers": [" 5", "6 "],
    "floats": ["1.5", ".5", "2.", "1e-7", "1E5"],
    "floats with gaps": ["1.5", "", "nan", "NULL"],
    "floats with many digits": ["0.1234567890123456789", "3.141592653589793238", "1e-300", "123456.789e3"],
    "leading zeros": ["01234", "00012"],
    "leading zeros among words": ["01234", "A12", "1234"],
    "whole numbers among words": ["1", "20", "x", "9007199254740993"],
    "blanks around numbers among words": [" 1", "20 ", "x"],
    "numbers among words": ["1", "1.0", "x"],
    "booleans among words": ["true", "False", "maybe"],
    "words": ["a", "b", ""],
    "words in quotes": ['"a, b"', '" c"', '"say ""x"""'],
    "words of any script": ["Zürich", "東京", "🙂"],
    "words that are missing": ["a", "None", "NA", "<NA>", "n/a"],
    "days": ["2024-01-31", "1960-02-29", ""],
    "the first and the last day": ["0001-01-01", "9999-12-31", "2024-01-01"],
    "moments": ["2024-01-31 10:00", "2024-02-01T11:00:30", "2024-02-01 11"],
    "moments of the first and the last day": ["0001-01-01 00:00:00", "9999-12-31 23:59:59"],
    "moments in UTC": ["2024-01-31T10:00:00Z", "2024-02-01T11:00:00Z"],
    "moments of many zones": ["2024-01-31T10:00:00+02:00", "2024-02-01T11:00:00-0530"],
    "moments to the nanosecond": ["2024-01-31 10:00:00.123456789", "2024-01-31 10:00:00.1"],
    "days and moments": ["2024-01-31", "2024-01-31 10:00"],
    "days without zeros": ["2024-1-31", "2024-2-1"],
    "durations": ["0 days 08:30:00", "1 days 00:00:00", "-1 days +23:59:59.500000", "12 days"],
    "durations with gaps": ["0 days 08:30:00", "1 days 00:00:00", ""],
}


def write_csv(cells: Sequence[str], folder: Path) -> Path:
    rows = [f"{cells[row % len(cells)]},{row / 2},{row}" for row in range(N_ROWS)]
    (folder / "t.csv").write_text("\n".join(["c,x,row", *rows]) + "\n", encoding="utf-8")
    return folder / "t.csv"


def write_parquet(values: pa.Array, folder: Path) -> Path:
    pa.parquet.write_table(table_of(values), folder / "t.parquet")
    return folder / "t.parquet"


def write_arrow(values: pa.Array, folder: Path) -> Path:
    table = table_of(values)
    with pa.ipc.new_file(str(folder / "t.arrow"), table.schema) as writer:
        writer.write_table(table)
    return folder / "t.arrow"


WRITERS = {"parquet": write_parquet, "arrow": write_arrow}
NOT_IN_PARQUET = {
    *("decimal of whole tens", "dictionary of string_view", "runs of numbers", "runs of text", "interval"),
    *("sparse union", "dense union", "runs of binary", "moments that overflow"),
}
"""The values of `ACCEPTED` and `REFUSED` that pyarrow cannot write to a Parquet file."""


def forms_of(values: Mapping[str, pa.Array]) -> list[tuple[str, str]]:
    """Each name with each form of file that can hold its values."""
    return [
        (name, form)
        for name in values
        for form in WRITERS
        if not (form == "parquet" and name in NOT_IN_PARQUET)
    ]


def table_of(values: pa.Array) -> pa.Table:
    return pa.table({"c": values, "x": [0.5 * row for row in range(N_ROWS)], "row": [*range(N_ROWS)]})
