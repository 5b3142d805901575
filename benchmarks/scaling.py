"""What a sweep costs by its trials, reports and workers, by straight lines through real sweeps.

Sweeps of several sizes run one after the other, in processes of their own. To each quantity is fitted

    fixed + per trial * trials + per report * reports

with no negative part, by the relative errors. Beside it stands how far from the largest sweep of few reports
lies what the smaller ones foretell. Sweeps of sleeping trials do the same for workers. Processor times and
sizes hardly depend on what else the machine does. It takes ten minutes or so, and writes results/scaling.json
and the tables of docs/scaling.md. A sweep that fails is left out, and the page says why.

    python benchmarks/scaling.py [--quick] [--json]     # quick: five small sweeps; prints, and writes nothing
    python benchmarks/scaling.py --page                 # writes the page anew from results/scaling.json
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
sys.path.insert(0, str(Path(__file__).parent))

import psutil

from commands import FOLDER, CommandFailed, answer
from pages import renewed
from scaling_models import text
from script_output import conditions, options_parser, print_json

RESULTS = FOLDER / "results/scaling.json"
PAGE = FOLDER.parent / "docs/scaling.md"
_SECONDS = 900


class Size(NamedTuple):
    """A sweep's."""

    trials: int
    reports: int
    """Of each trial."""
    slots: int
    sleep: float = 0.0
    """Seconds."""


GROWTH = [
    *(Size(n, 1, 2) for n in (500, 1000, 2000, 4000, 10_000)),
    *(Size(n, 20, 2) for n in (250, 1000, 2000)),
    Size(250, 200, 2),
]
WORKERS = [Size(4 * slots, 1, slots, sleep=1.0) for slots in (2, 16, 32, 64)]
QUICK = [Size(100, 1, 2), Size(200, 1, 2), Size(100, 20, 2)], [Size(8, 1, 2, 1.0), Size(16, 1, 4, 1.0)]


def point(size: Size) -> dict[str, Any]:
    """Runs the sweep in this process; what it cost, and what it left on disk, in megabytes."""
    import sweepflow.flows  # noqa: F401  sets the server up, before Prefect
    from ten_thousand import swept

    if size.sleep:
        figures = swept(size.trials, "many_trainers:sleep", size.slots, seconds=size.sleep)
    else:
        figures = swept(size.trials, "many_trainers:talk", size.slots, reports=size.reports)
    home, prefect = Path(os.environ["SWEEPFLOW_HOME"]), Path(os.environ["PREFECT_HOME"])
    return {
        "seconds": figures["seconds"],
        "flow_ms": figures["processor_ms_per_trial"] * size.trials,
        "all_ms": 1000 * _processor_seconds(),
        "flow_mb": figures["memory_mb"],
        "ledger_mb": _on_disk(home.glob("ledger.db*")),
        "prefect_mb": _on_disk(prefect.glob("prefect.db*")),
        "files_mb": _on_disk(path for path in home.glob("sweeps/**/*") if path.name != "report.html"),
        "report_mb": figures["report_mb"],
    }


def _on_disk(paths: Iterator[Path]) -> float:
    """The blocks that the files take, which for small ones is more than their size."""
    return sum(path.stat().st_blocks * 512 for path in paths if path.is_file()) / 1e6


def _processor_seconds() -> float:
    """Of this process and of all that it has started, whether or not they have ended."""
    times = [each.cpu_times() for each in psutil.Process().children(recursive=True)]
    own = psutil.Process().cpu_times()
    ended = own.children_user + own.children_system
    return float(own.user + own.system + ended + sum(each.user + each.system for each in times))


def measured(size: Size) -> dict[str, Any]:
    """The same, in a process of its own; of many workers also the memory of all processes."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        own = {"SWEEPFLOW_HOME": f"{folder}/home", "PREFECT_HOME": f"{folder}/prefect"}
        watched = ["peak_memory.py", sys.executable] if size.sleep else []
        command = [sys.executable, *watched, "scaling.py", "--point", json.dumps(size)]
        return {**size._asdict(), **answer(command, _SECONDS, own)}


def all_measured(sizes: Sequence[Size], failed: list[str]) -> list[dict[str, Any]]:
    """What the sweeps that did not fail cost; to the list comes what each other one was, and why."""
    points = []
    for size in sizes:
        words = f"{size.trials:,} trials of {size.reports} reports, {size.slots} at a time"
        began = time.perf_counter()
        print(words, end=" ... ", file=sys.stderr, flush=True)
        try:
            points.append(measured(size))
        except CommandFailed as error:
            failed.append(f"{words}: {error}")
            print(error, end=", ", file=sys.stderr)
        print(f"{time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    return points


def main() -> None:
    arguments = options_parser(__doc__, quick="five small sweeps; writes nothing")
    arguments.add_argument("--page", action="store_true", help="write the page, measure nothing")
    arguments.add_argument("--point", type=lambda given: Size(*json.loads(given)), help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.point:
        print(json.dumps(point(options.point)))
        return
    if not options.page:
        growth, workers = QUICK if options.quick else (GROWTH, WORKERS)
        under, failed = conditions("sweepflow", "prefect", "scikit-learn"), list[str]()
        found: dict[str, Any] = {
            "date": datetime.now(UTC).strftime("%Y-%m-%d"),
            "cores": os.cpu_count(),
            "growth": all_measured(growth, failed),
            "workers": all_measured(workers, failed),
            "failed": failed,
        }
        if not options.quick:
            RESULTS.parent.mkdir(exist_ok=True)
            RESULTS.write_text(json.dumps({**under._asdict(), **found}, indent=1) + "\n")
        if options.json:
            print_json(under, **found)
        elif options.quick:
            print(text({**under._asdict(), **found}))
    if not options.quick:
        PAGE.write_text(renewed(PAGE.read_text(), "scaling.py", text(json.loads(RESULTS.read_text()))))


if __name__ == "__main__":
    main()
