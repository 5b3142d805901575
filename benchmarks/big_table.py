"""The memory of a sweep on a big table: a million rows of 30 single-precision columns, on four workers.

Eight fits of SGDClassifier, as `sweepflow run` does them. Prints the most memory that all of its processes
took together (PSS: what several share counts once), in each phase, what was private to the flow and to each
worker, and seconds. Linux only.

    python benchmarks/big_table.py [--rows 1000000] [--format parquet|csv] [--text 0] [--quick] [--json]
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import yaml
from pyarrow import csv, parquet

from process_memory import Moment, watched
from script_output import conditions, options_parser, print_json

LIMIT_MB, LIMIT_START_SECONDS = 700.0, 10.0
_COLUMNS, _BATCH = 30, 100_000
_TRIALS, _WORKERS = 8, 4


def write_table(path: Path, n_rows: int, n_text: int, n_categories: int, *, has_gaps: bool = False) -> int:
    """Write the table, batch by batch, and return its bytes in memory.

    With gaps, every tenth row has no target.
    """
    generator, size = np.random.default_rng(0), 0
    weights = generator.normal(size=_COLUMNS)
    names = [f"x{number}" for number in range(_COLUMNS)]
    writer = None
    for first in range(0, n_rows, _BATCH):
        n = min(_BATCH, n_rows - first)
        values = generator.normal(size=(n, _COLUMNS)).astype(np.float32)
        target = (values @ weights + generator.normal(size=n) * 3 > 0).astype(np.int8)
        columns: dict[str, Any] = dict(zip(names, values.T.copy(), strict=True))
        for number in range(n_text):
            codes = generator.integers(0, n_categories, n)
            columns[f"t{number}"] = np.char.add("c", codes.astype(str))
        columns["y"] = pa.array(target, mask=np.arange(n) % 10 == 0 if has_gaps else None)
        batch = pa.table(columns)
        size += batch.nbytes
        if writer is None:
            kind = csv.CSVWriter if path.suffix == ".csv" else parquet.ParquetWriter
            writer = kind(str(path), batch.schema)
        writer.write_table(batch)
    if writer is not None:
        writer.close()
    return size


def write_spec(path: Path, table: Path) -> None:
    spec = {
        "data": {"path": str(table), "target": "y"},
        "trial": {
            "estimator": "sklearn.linear_model.SGDClassifier",
            "parameters": {"max_iter": 5, "tol": None, "random_state": 0},
        },
        "search_space": {"alpha": {"type": "loguniform", "min_value": -12, "max_value": -2}},
        "sampling_algorithm": {"type": "random", "seed": 0},
        "objective": {"primary_metric": "accuracy", "goal": "maximize"},
        "limits": {"max_total_trials": _TRIALS, "max_concurrent_trials": _WORKERS},
    }
    path.write_text(yaml.safe_dump(spec))


def run(spec: Path, home: Path) -> tuple[dict[str, Any], list[Moment]]:
    """The result of `sweepflow run`, and its processes while it ran.

    Prefect's database is migrated before, as in `startup.py`: a first start takes longer than the table does.
    """
    environment = {**os.environ, "SWEEPFLOW_HOME": str(home), "PREFECT_HOME": str(home / "prefect")}
    migrate = [sys.executable, "-m", "prefect", "server", "database", "upgrade", "--yes"]
    subprocess.run(migrate, env=environment, check=True, capture_output=True)
    command = [sys.executable, "-m", "sweepflow", "run", str(spec), "--json"]
    ended, moments = watched(command, env=environment)
    if ended.returncode:
        sys.exit(f"the sweep failed:\n{ended.stderr}\n{ended.stdout}")
    return json.loads(ended.stdout), moments


def measured(result: dict[str, Any], moments: list[Moment], home: Path) -> dict[str, Any]:
    """The figures, in megabytes and seconds."""
    trials = pd.read_parquet(result["leaderboard_path"])
    prepared = next((home / "data").glob("*/prepared.json")).stat().st_mtime
    first, last = trials["started"].min().timestamp(), trials["ended"].max().timestamp()
    ends = {"preparation": prepared, "until the first trial": first, "trials": last, "selection": np.inf}
    figures: dict[str, Any] = {"peak_pss": max(moment.pss for moment in moments), "peak_pss_by_phase": {}}
    begin = -np.inf
    for phase, end in ends.items():
        own = [moment.pss for moment in moments if begin <= moment.at < end]
        figures["peak_pss_by_phase"][phase], begin = max(own, default=0.0), end
    workers: dict[int, float] = {}
    for moment in moments:
        for process in moment.role("worker"):
            workers[process.pid] = max(workers.get(process.pid, 0.0), process.private)
    for role in ("flow", "server"):
        figures[f"{role}_private"] = max(
            (process.private for moment in moments for process in moment.role(role)), default=0.0
        )
    figures["worker_private"] = sorted(workers.values(), reverse=True)
    figures["at_peak"] = _at_peak(moments)
    began = moments[0].at
    figures["seconds"] = {
        "all": moments[-1].at - began,
        "until prepared": prepared - began,
        "from there to the first trial": first - prepared,
        "trials": last - first,
        "after the last trial": moments[-1].at - last,
        "training in all": float(trials["seconds"].sum()),
    }
    figures["best_value"] = result["best"]["value"]
    figures["test_metrics"] = result["test_metrics"]
    return figures


def _at_peak(moments: list[Moment]) -> dict[str, float]:
    peak = max(moments, key=lambda moment: moment.pss)
    roles = dict.fromkeys(process.role for process in peak.processes)
    return {role: sum(process.pss for process in peak.role(role)) for role in roles}


def main() -> None:
    parser = options_parser(__doc__, quick="a tenth of the rows")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--format", choices=("parquet", "csv"), default="parquet")
    parser.add_argument("--text", type=int, default=0, help="columns of text in addition")
    parser.add_argument("--categories", type=int, default=100_000, help="different texts of each")
    options = parser.parse_args()
    n_rows = options.rows // 10 if options.quick else options.rows
    under = conditions("sweepflow", "prefect", "scikit-learn", "pandas", "pyarrow", "numpy")
    with tempfile.TemporaryDirectory() as folder:
        home, table, spec = (
            Path(folder, "home"),
            Path(folder, f"table.{options.format}"),
            Path(folder, "s.yml"),
        )
        home.mkdir()
        size = write_table(table, n_rows, options.text, options.categories)
        write_spec(spec, table)
        figures = {"rows": n_rows, "table_mb": size / 1e6, "file_mb": table.stat().st_size / 1e6}
        figures |= measured(*run(spec, home), home)
        is_limited = not options.quick and not options.text  # the limits are for the whole table of numbers
        compared = {
            "all processes at the peak, MB": (figures["peak_pss"], LIMIT_MB if is_limited else None),
            "from the prepared table to the first trial, s": (
                figures["seconds"]["from there to the first trial"],
                LIMIT_START_SECONDS if is_limited else None,
            ),
            f"the {_TRIALS} trials, s": (figures["seconds"]["trials"], None),
            "from the command to the prompt, s": (figures["seconds"]["all"], None),
        }
    if options.json:
        print_json(under, compared, **figures)
    else:
        print(under.line, _text(figures), sep="\n")
    sys.exit(is_limited and figures["peak_pss"] > LIMIT_MB)


def _text(figures: dict[str, Any]) -> str:
    phases = "".join(f"\n    {name:<30}{mb:7.0f}" for name, mb in figures["peak_pss_by_phase"].items())
    peak = ", ".join(f"{role} {mb:.0f}" for role, mb in figures["at_peak"].items())
    seconds = "".join(f"\n    {name:<30}{each:7.1f}" for name, each in figures["seconds"].items())
    workers = ", ".join(f"{mb:.0f}" for mb in figures["worker_private"])
    return (
        f"{figures['rows']:,} rows x {_COLUMNS}, {figures['table_mb']:.0f} MB in memory, "
        f"{figures['file_mb']:.0f} MB on disk; {_TRIALS} fits, {_WORKERS} workers\n"
        f"peak PSS of all processes, MB {figures['peak_pss']:7.0f} (limit {LIMIT_MB:.0f}): {peak}{phases}\n"
        f"private, MB: flow {figures['flow_private']:.0f}, server {figures['server_private']:.0f}, "
        f"workers {workers}\n"
        f"seconds{seconds}\n"
        f"best value {figures['best_value']:.6f}"
    )


if __name__ == "__main__":
    main()
