"""The memory that preparing a big table takes, over the size of that table: a Parquet and a CSV file.

A process of its own prepares the table as a sweep does. What it and all below it take at the most (PSS), less
what it took just before, is divided by the table's size in memory: numbers of four bytes in the Parquet file,
of eight once they are read from text. Linux only.

    python benchmarks/preparing_memory.py [--rows 1000000] [--json]
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from big_table import write_table
from process_memory import pss, watched
from script_output import conditions, options_parser, print_json

LIMIT = 2.0
_COLUMNS = 31


def prepared(table: str) -> dict[str, float]:
    """Prepares the table in this process: what this took, in seconds, and held before, in megabytes."""
    import sklearn.pipeline  # noqa: F401  as the flow of an estimator has it by then

    from sweepflow.data.prepare import DataSource, Validation, prepare

    source = DataSource(path=table, target="y")
    before, began = pss(os.getpid()), time.perf_counter()
    prepare(source, Validation(), Path(table).parent / "prepared", is_classifier=True)
    return {"before_mb": before, "seconds": time.perf_counter() - began}


def measured(suffix: str, n_rows: int) -> dict[str, float]:
    """The same, with the peak, and what it is over the size of the table."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, f"table.{suffix}")
        size_mb = write_table(table, n_rows, 0, 0) / 1e6
        if suffix == "csv":
            size_mb = n_rows * _COLUMNS * 8 / 1e6
        ended, moments = watched([sys.executable, __file__, "--table", str(table)])
    if ended.returncode:
        sys.exit(ended.stderr)
    found: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    peak_mb = max(moment.pss for moment in moments)
    ratio = (peak_mb - found["before_mb"]) / size_mb
    return {**found, "table_mb": size_mb, "peak_mb": peak_mb, "ratio": ratio}


def main() -> None:
    arguments = options_parser(__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--table", help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.table:
        print(json.dumps(prepared(options.table)))
        return
    under = conditions("sweepflow", "pandas", "pyarrow", "numpy")
    found: dict[str, Any] = {suffix: measured(suffix, options.rows) for suffix in ("parquet", "csv")}
    ratios = {
        f"{words}: the most that preparing takes / the table": (found[suffix]["ratio"], LIMIT)
        for suffix, words in (("parquet", "Parquet"), ("csv", "CSV"))
    }
    if options.json:
        print_json(under, ratios, rows=options.rows, **found)
    else:
        print(under.line)
        for suffix, each in found.items():
            print(
                f"{suffix:8} table {each['table_mb']:.0f} MB, before {each['before_mb']:.0f} MB, "
                f"at the peak {each['peak_mb']:.0f} MB, {each['seconds']:.1f} s; "
                f"{each['ratio']:.2f} times the table (limit {LIMIT:g})"
            )
    sys.exit(any(value > limit for value, limit in ratios.values()))


if __name__ == "__main__":
    main()
