"""What was read of prepared data must not stay in memory once whoever goes through it has gone on."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from sweepflow.data.mapped_files import let_go_of_read_pages
from sweepflow.data.prepared import load_part
from sweepflow.training.table_rows import TableRows

N_ROWS, N_COLUMNS = 1_000_000, 4
MEGABYTES = N_ROWS * N_COLUMNS * 8 / 1e6

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what is in memory")


@pytest.fixture
def part(tmp_path: Path) -> Path:
    values = np.random.default_rng(0).normal(size=(N_COLUMNS, N_ROWS))
    table = pa.table({f"x{number}": column for number, column in enumerate(values)})
    with (
        pa.OSFile(str(tmp_path / "train.arrow"), "wb") as file,
        pa.ipc.new_file(file, table.schema) as writer,
    ):
        writer.write_table(table)
    return tmp_path / "train.arrow"


def resident(path: Path) -> float:
    """How many megabytes of the file are in this process's memory."""
    is_of_file, found = False, 0.0
    for line in Path("/proc/self/smaps").read_text().splitlines():
        name, *rest = line.split()
        if not name.endswith(":"):
            is_of_file = bool(rest) and rest[-1] == str(path)
        elif is_of_file and name == "Rss:":
            found += int(rest[0]) / 1000
    return found


def load(path: Path) -> pd.DataFrame:
    return load_part(path.parent, "train")


def test_numbers_are_those_of_the_file_not_copied_and_cannot_be_written_to(part):
    frame = load(part)
    values = frame["x3"].to_numpy()
    assert not values.flags.writeable
    np.testing.assert_array_equal(values[:9], np.random.default_rng(0).normal(size=(4, N_ROWS))[3, :9])


@needs_linux
def test_what_was_read_can_be_let_go_of_and_read_again(part):
    frame = load(part)
    before = frame.sum()
    assert resident(part) > 0.9 * MEGABYTES  # and so nothing was copied
    let_go_of_read_pages()
    assert resident(part) == 0
    pd.testing.assert_series_equal(frame.sum(), before)


@needs_linux
def test_rows_that_were_read_batch_by_batch_are_in_memory_no_more(part):
    rows, most = TableRows([load(part)]), 0.0
    for batch in rows.batches(N_ROWS // 10):
        assert len(batch.sum()) == N_COLUMNS
        most = max(most, resident(part))
    assert most < MEGABYTES / 2  # some around them is read with the rows
    assert resident(part) == 0


@needs_linux
def test_columns_that_were_copied_are_in_memory_no_more(part):
    frame = load(part)
    columns = TableRows([frame, frame]).columns(["x1", "x2"])
    assert columns.shape == (2 * N_ROWS, 2)
    assert resident(part) == 0
    pd.testing.assert_frame_equal(columns[:N_ROWS], frame[["x1", "x2"]])
