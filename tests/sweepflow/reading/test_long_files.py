"""Long files: they are read block by block or column by column, in little more memory than their table."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from sweepflow.data.prepare import prepare
from sweepflow.data.source import DataSource, Validation
from sweepflow.reading import csv_files
from sweepflow.reading.source_files import open_source
from sweepflow.reading.table import read_table

KINDS = {
    "whole numbers": ("1", "2"),
    "fractions": ("1.5", "-2e3"),
    "fractions after whole numbers": ("1", "2.5"),
    "words after numbers": ("1", "high"),
    "numbers after gaps": ("", "7"),
    "words after gaps": ("", "high"),
    "nothing at all": ("", ""),
    "booleans": ("true", "false"),
    "dates": ("2024-01-02", "2025-03-04"),
    "times after dates": ("2024-01-02", "2025-03-04T05:06:07"),
    "times of a zone": ("2024-01-02T03:04:05Z", "2025-03-04T05:06:07Z"),
    "quoted lines": ('"a\nb"', '"c, d"'),
    "a cell longer than a block": ("1", "x" * 5000),
}


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_files, "_BLOCK_BYTES", 8 << 10)
    monkeypatch.setattr(csv_files, "_SMALL_BLOCK_BYTES", 2 << 10)


@pytest.mark.parametrize(("first", "later"), KINDS.values(), ids=KINDS)
@pytest.mark.usefixtures("small_blocks")
def test_a_long_file_is_the_same_table_as_if_it_were_read_as_a_whole(
    tmp_path: Path, first: str, later: str
) -> None:
    path = tmp_path / "table.csv"
    rows = "".join(f"{n},{first}\n" for n in range(5000)) + "".join(f"{n},{later}\n" for n in range(100))
    path.write_text(f"number,value\n{rows}")

    with open_source(str(path), None) as source:
        table = read_table(source)

    nulls = ["", *csv_files.MISSING_WORDS]
    converting = csv.ConvertOptions(null_values=nulls, strings_can_be_null=True)
    parsing = csv.ParseOptions(newlines_in_values=True)
    whole = csv.read_csv(path, parse_options=parsing, convert_options=converting)
    assert table.to_pydict() == whole.to_pydict()
    assert table.schema.types[0] == whole.schema.types[0]


@pytest.mark.usefixtures("small_blocks")
def test_words_are_counted_in_rows_longer_than_a_small_block_too(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("number,text\n" + "?,a\n" * 5000 + f"7,{'x' * 5000}\n" + "?,b\n")

    with open_source(str(path), None) as source:
        assert csv_files.count_words(source, ["number"], ["?", "-"]) == {"number": {"?": 5001}}


@pytest.fixture
def arrows_memory() -> Iterator[pa.MemoryPool]:
    """Counts what Arrow takes from now on."""
    usual = pa.default_memory_pool()
    counting = pa.proxy_memory_pool(usual)
    pa.set_memory_pool(counting)
    yield counting
    pa.set_memory_pool(usual)


@pytest.mark.parametrize("has_gaps", [False, True])
@pytest.mark.parametrize(("name", "most"), [("table.csv", 2.0), ("table.parquet", 1.5)])
def test_preparing_a_long_file_takes_less_than_twice_its_table(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arrows_memory: pa.MemoryPool,
    name: str,
    most: float,
    has_gaps: bool,
) -> None:
    monkeypatch.setattr(csv_files, "_BLOCK_BYTES", 1 << 20)
    monkeypatch.setattr(csv_files, "_SMALL_BLOCK_BYTES", 1 << 16)
    values = np.random.default_rng(0).normal(size=(25_000, 30))
    target = pa.array(values[:, 0] > 0, mask=np.arange(25_000) % 10 == 0 if has_gaps else None)
    table = pa.table({**{f"x{n}": column for n, column in enumerate(values.T)}, "y": target})
    (csv.write_csv if name.endswith("csv") else parquet.write_table)(table, tmp_path / name)
    source = DataSource.model_validate({"path": str(tmp_path / name), "target": "y"})
    before = arrows_memory.max_memory()

    prepare(source, Validation(), tmp_path / "cache", is_classifier=True)

    assert arrows_memory.max_memory() - before < most * table.nbytes


@pytest.mark.parametrize("n_texts", [1000, 20_000])
def test_preparing_columns_of_text_takes_less_than_twice_their_table(
    tmp_path: Path, arrows_memory: pa.MemoryPool, n_texts: int
) -> None:
    codes = np.random.default_rng(0).integers(0, n_texts, size=(25_000, 20))
    table = pa.table({**{f"t{n}": [f"c{code}" for code in column] for n, column in enumerate(codes.T)}})
    table = table.append_column("y", pa.array(codes[:, 0] % 2))
    parquet.write_table(table, tmp_path / "table.parquet")
    source = DataSource.model_validate({"path": str(tmp_path / "table.parquet"), "target": "y"})
    before = arrows_memory.max_memory()

    prepared = prepare(source, Validation(), tmp_path / "cache", is_classifier=True)

    # Places in text take eight bytes where it is written, and four here: half as much again of short texts.
    assert arrows_memory.max_memory() - before < 1.8 * table.nbytes
    texts = [table[f"t{n}"] for n in range(20)]
    assert list(prepared.n_categories.values()) == [len(set(column.to_pylist())) for column in texts]


def test_a_column_whose_name_begins_with_anothers_is_read_as_itself(tmp_path: Path) -> None:
    table = pa.table({"a": [1, 2], "a.b": [3, 4], "c": [5, 6]})
    parquet.write_table(table, tmp_path / "table.parquet")

    with open_source(str(tmp_path / "table.parquet"), None) as source:
        assert read_table(source).to_pydict() == table.to_pydict()
