"""What Sweepflow costs, and the tools that do the same beside it, in one table (`make bench`).

A full run takes about 35 minutes on two cores that have nothing else to do. After each measure it writes
results/bench.json, and from that the table in the README. A quick one takes three minutes, writes nothing,
and shows less: not what takes longer, and of few trials, starts and ends weigh too much. A measure or a tool
that fails, or takes longer than it may, is told in the table, and the others go on.

    python benchmarks/run.py [--quick] [--json] [--only noop table ...]
    python benchmarks/run.py --again table # measures that anew, and says so in the last run's table
    python benchmarks/run.py --readme      # writes the README's table anew from results/bench.json

Ray Tune takes part where `make ray` has installed it, in an environment of its own.
"""

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from commands import FOLDER, CommandFailed, answer
from measures import MEASURES, SLOW_TO_START, TOOLS, Done, Measure, Peers
from pages import renewed
from results_table import table
from workloads import write_big_table

RESULTS = FOLDER / "results/bench.json"
README = FOLDER.parent / "README.md"
RAY = FOLDER.parent / ".venv/ray/bin/python"
_ROWS, _ROWS_QUICK = 1_000_000, 100_000

_FAULTS = (CommandFailed, OSError, LookupError, TypeError, ValueError, ArithmeticError)
"""What a script or a tool that does not work raises here; a fault of one must not end the others."""


def measured(measure: Measure, *, quick: bool) -> dict[str, Any]:
    """The figures of the script and of the tools beside it, why some are missing, and the seconds of each."""
    script, *options = (*measure.command, *((measure.quick or ()) if quick else ()))
    row: dict[str, Any] = {
        "title": measure.title + (f"; here {' '.join(options)}" if quick and options else ""),
        "command": " ".join((f"benchmarks/{script}", *options)),
        "load": os.getloadavg()[0],
        "figures": {},
        "peers": {},
        "versions": {},
        "errors": {},
        "seconds_each": {},
    }
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        own = {"SWEEPFLOW_HOME": f"{folder}/home", "PREFECT_HOME": f"{folder}/prefect"}
        with _told(row, "Sweepflow"):
            found = answer([sys.executable, script, *options, "--json"], measure.seconds, own)
            row |= {name: found.get(name, {}) for name in ("figures", "peers", "versions")}
        if measure.peers is not None:
            _add_peers(row, measure.peers, Path(folder), own, quick=quick)
    return {**row, "seconds": time.perf_counter() - began}


@contextmanager
def _told(row: dict[str, Any], who: str) -> Iterator[None]:
    """What goes wrong in the block stands in the row, with the seconds that it took, and is printed."""
    began = time.perf_counter()
    try:
        yield
    except _FAULTS as error:
        why = str(error) if isinstance(error, CommandFailed) else f"{type(error).__name__}: {error}"
        row["errors"][who] = why.replace(f"{FOLDER}/", "")
    row["seconds_each"][who] = time.perf_counter() - began
    fault = f" ({row['errors'][who]})" if who in row["errors"] else ""
    print(f"  {who}: {row['seconds_each'][who]:.0f} s{fault}", file=sys.stderr, flush=True)


def _add_peers(row: dict[str, Any], peers: Peers, folder: Path, own: dict[str, str], *, quick: bool) -> None:
    if not (n_trials := peers.n_trials_quick if quick else peers.n_trials):
        return
    if peers.is_memory_measured:
        with _told(row, "the table of the other tools"):
            write_big_table(folder, _ROWS_QUICK if quick else _ROWS)
    floor = None
    for tool in peers.tools:
        if quick and tool in SLOW_TO_START:
            continue
        n = peers.fewer.get(tool, n_trials)
        with _told(row, TOOLS[tool]):
            found = answer(_command(tool, peers, n, folder), peers.seconds, own)
            done = Done(n, peers.n_workers, found["seconds"], found["training_seconds"], found.get("peak_mb"))
            floor = floor or done
            row["versions"] |= found["versions"]
            for figure, value in peers.values.items():
                row["peers"].setdefault(figure.format(n=n_trials), {})[TOOLS[tool]] = value(done, floor)


def _command(tool: str, peers: Peers, n: int, folder: Path) -> list[str]:
    if tool == "ray" and not RAY.exists():
        raise CommandFailed("not installed: `make ray`")
    python = str(RAY) if tool == "ray" else sys.executable
    sizes = ["--trials", str(n), "--workers", str(peers.n_workers), "--folder", str(folder)]
    watched = [sys.executable, "peak_memory.py"] if peers.is_memory_measured else []
    return [*watched, python, "-m", "peers", tool, peers.workload, *sizes]


def machine() -> dict[str, Any]:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "system": platform.system(),
    }


def results(names: list[str], *, quick: bool) -> Iterator[dict[str, Any]]:
    """All that is known after each measure."""
    began, rows, versions = time.perf_counter(), [], {"python": platform.python_version()}
    found = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": machine(),
        "load": os.getloadavg()[0],
        "quick": quick,
    }
    for n_done, name in enumerate(names):
        minutes = (time.perf_counter() - began) / 60
        place = f"{n_done + 1} of {len(names)}, after {minutes:.1f} minutes"
        print(f"{place}: {name}", file=sys.stderr, flush=True)
        row = measured(MEASURES[name], quick=quick)
        versions |= row.pop("versions")
        rows.append({"name": name, **row})
        yield {
            **found,
            "seconds": time.perf_counter() - began,
            "versions": versions,
            "measures": rows,
            "not_run": [MEASURES[left].title for left in names[n_done + 1 :]],
        }


def with_measures_again(last: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """The results of the last whole run, with these measures in place of its own."""
    rows = {row["name"]: row for row in last["measures"]}
    rows |= {row["name"]: {**row, "again": found["date"]} for row in found["measures"]}
    return {
        **last,
        "versions": last["versions"] | found["versions"],
        "measures": [rows[name] for name in MEASURES if name in rows],
        "not_run": [each.title for name, each in MEASURES.items() if name not in rows],
    }


def _write(found: dict[str, Any]) -> None:
    """Results and README, which a test compares."""
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    _write_readme(found)


def _write_readme(found: dict[str, Any]) -> None:
    README.write_text(renewed(README.read_text(), "run.py", table(found)))


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--quick", action="store_true", help="a look, in three minutes")
    arguments.add_argument("--only", nargs="+", choices=MEASURES, help="these alone; writes nothing")
    arguments.add_argument("--json", action="store_true", help="one JSON object in place of the table")
    arguments.add_argument(
        "--again", nargs="+", choices=MEASURES, help="measure these anew in the last results"
    )
    arguments.add_argument("--readme", action="store_true", help="write the README's table, measure nothing")
    options = arguments.parse_args()
    if options.readme:
        _write_readme(json.loads(RESULTS.read_text()))
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what it has started ends with it
    is_whole = not options.quick and not options.only
    whole = [name for name, each in MEASURES.items() if not options.quick or each.quick is not None]
    if options.again:
        for found in results(options.again, quick=False):
            _write(with_measures_again(json.loads(RESULTS.read_text()), found))
        return
    for found in results(options.only or whole, quick=options.quick):
        if is_whole:
            _write(found)
    print(json.dumps(found) if options.json else table(found))


if __name__ == "__main__":
    main()
