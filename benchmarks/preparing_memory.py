"""The memory that preparing a big table takes, over its size: Parquet files, a CSV file, and one of texts.

A process of its own prepares the table as a sweep does. What it and all below it take at the most (PSS), less
what it took just before, is divided by the table's size in memory: numbers of four bytes in the Parquet file,
of eight once they are read from text. One table has no target in every tenth row, and the last a third of the
rows, and ten columns of text in addition, each of half as many different texts. Linux only.

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
_TEXT_COLUMNS = 10
_TABLES = {
    "parquet": "Parquet",
    "csv": "CSV",
    "gaps": "Parquet with rows to leave out",
    "texts": "Parquet with many different texts",
}


def prepared(table: str) -> dict[str, float]:
    """Prepares the table in this process: what this took, in seconds, and held before, in megabytes."""
    import sklearn.pipeline  # noqa: F401  as the flow of an estimator has it by then

    from sweepflow.data.prepare import DataSource, Validation, prepare

    source = DataSource(path=table, target="y")
    before, began = pss(os.getpid()), time.perf_counter()
    prepare(source, Validation(), Path(table).parent / "prepared", is_classifier=True)
    return {"before_mb": before, "seconds": time.perf_counter() - began}


def measured(kind: str, n_rows: int) -> dict[str, float]:
    """The same, with the peak, and what it is over the size of the table."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "table.csv" if kind == "csv" else "table.parquet")
        if kind == "texts":
            size_mb = write_table(table, n_rows // 3, _TEXT_COLUMNS, n_rows // 6) / 1e6
        else:
            size_mb = write_table(table, n_rows, 0, 0, has_gaps=kind == "gaps") / 1e6
        if kind == "csv":
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
    found: dict[str, Any] = {kind: measured(kind, options.rows) for kind in _TABLES}
    ratios = {
        f"{words}: the most that preparing takes / the table": (found[kind]["ratio"], LIMIT)
        for kind, words in _TABLES.items()
    }
    if options.json:
        print_json(under, ratios, rows=options.rows, **found)
    else:
        print(under.line)
        for kind, each in found.items():
            print(
                f"{kind:8} table {each['table_mb']:.0f} MB, before {each['before_mb']:.0f} MB, "
                f"at the peak {each['peak_mb']:.0f} MB, {each['seconds']:.1f} s; "
                f"{each['ratio']:.2f} times the table (limit {LIMIT:g})"
            )
    sys.exit(any(value > limit for value, limit in ratios.values()))


if __name__ == "__main__":
    main()
