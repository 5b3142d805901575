"""Ten thousand trials in one sweep: what a trial costs, memory, the report, and many workers at once.

Each part runs in a process of its own:

- no-op trials, two at a time, and as many mapped no-op task runs of Prefect's;
- one-second trials that sleep, 16 at a time;
- 96 workers that report ten times a second each.

    python benchmarks/ten_thousand.py [--quick] [--json] [--parts noop,sleeping,reporting]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
sys.path.insert(0, str(Path(__file__).parent))

LIMITS = {
    "over_mapped": 1.2,
    "memory_mb": 350.0,
    "report_mb": 15.0,
    "sleeping_ideal_ratio": 680 / 625,
    "longest_delay_seconds": 1.0,
    "lost_reports": 0,
    "missing_in_ledger": 0,
    "missing_in_prefect": 0,
}
"""The most that each of these figures may be."""
WORDS = {
    "ms_per_trial": "a trial, ms",
    "over_mapped": "a trial / a mapped no-op task run",
    "difference_ms": "a trial above a mapped no-op task run, ms",
    "memory_mb": "the flow's process, MB",
    "report_mb": "the report, MB",
    "sleeping_ideal_ratio": "seconds / those of slots that never wait",
    "longest_delay_seconds": "the longest delay of a report, s",
    "lost_reports": "reports lost",
    "missing_in_ledger": "trials missing in the ledger",
    "missing_in_prefect": "trials missing in Prefect's database",
}
"""What these figures are, for people."""


def fields(trainer: str, n: int, slots: int, **values: float) -> dict[str, Any]:
    """The fields of a spec with so many random trials of this trainer."""
    fixed = {name: {"type": "choice", "values": [value]} for name, value in values.items()}
    return {
        "trial": {"function": trainer},
        "search_space": {"x": {"type": "uniform", "min_value": 0, "max_value": 1}, **fixed},
        "sampling_algorithm": {"type": "random", "seed": 0},
        "objective": {"primary_metric": "score", "goal": "maximize"},
        "limits": {"max_total_trials": n, "max_concurrent_trials": slots},
    }


@contextmanager
def peak_memory() -> Iterator[dict[str, float]]:
    """The most memory that this process has held in the block, in MB, its share of what others share too."""
    peak, is_over = {"memory_mb": 0.0}, threading.Event()

    def watch() -> None:
        while not is_over.wait(0.5):
            lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
            held = next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))
            peak["memory_mb"] = max(peak["memory_mb"], held)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        is_over.set()
        thread.join()


def swept(n: int, trainer: str, slots: int, **values: float) -> dict[str, Any]:
    """Runs a sweep; its figures, and those of its record."""
    from sweepflow.flows.tune import tune

    with peak_memory() as figures:
        began, used = time.perf_counter(), time.process_time()
        result = tune(**fields(trainer, n, slots, **values))
        seconds = time.perf_counter() - began
    return {
        **figures,
        "seconds": seconds,
        "ms_per_trial": 1000 * seconds / n,
        "processor_ms_per_trial": 1000 * (time.process_time() - used) / n,
        "missing_in_ledger": n - result.trials.completed,
        "missing_in_prefect": n - recorded_trials(result.sweep_id),
        "report_mb": Path(result.report_path).stat().st_size / 1e6,
        "sweep_id": result.sweep_id,
    }


def recorded_trials(flow_run_id: str) -> int:
    """How many ended trials of this flow run Prefect's database has."""
    from prefect.client.orchestration import get_client

    body = {
        "flow_runs": {"id": {"any_": [flow_run_id]}},
        "task_runs": {"name": {"like_": "trial-"}, "state": {"type": {"any_": ["COMPLETED"]}}},
    }
    with get_client(sync_client=True) as client:
        return int(client.request("POST", "/task_runs/count", json=body).json())


def noop(*, quick: bool) -> dict[str, Any]:
    """No-op trials, and mapped no-op task runs."""
    from trial_overhead import mapped_noops, milliseconds, settle

    n = 500 if quick else 10_000
    mapped_noops(10)
    base = milliseconds(mapped_noops, n)
    settle()
    figures = swept(n, "noop_trainer:train", 2)
    cost = figures["ms_per_trial"]
    return {
        "trials": n,
        "mapped_ms": base,
        **figures,
        "over_mapped": cost / base,
        "difference_ms": cost - base,
    }


def sleeping(*, quick: bool) -> dict[str, Any]:
    """One-second trials, 16 at a time; the ideal is that no slot is ever empty."""
    n = 160 if quick else 10_000
    figures = swept(n, "many_trainers:sleep", 16, seconds=1.0)
    return {"trials": n, **figures, "sleeping_ideal_ratio": figures["seconds"] / (n / 16)}


def reporting(*, quick: bool) -> dict[str, Any]:
    """96 workers, each reporting ten times a second."""
    from sweepflow.base.settings import ledger_url
    from sweepflow.ledger.ledger import Ledger

    slots, reports = (24, 50) if quick else (96, 600)
    figures = swept(slots, "many_trainers:chatter", slots, reports=reports)
    with closing(Ledger(ledger_url())) as ledger:
        rows = ledger.metrics(figures["sweep_id"])
    delays = [row.value for row in rows if row.name == "longest_delay"]
    n_reports = sum(row.name == "score" for row in rows)
    return {
        "trials": slots,
        "reports": slots * reports,
        **figures,
        "lost_reports": slots * reports - n_reports,
        "longest_delay_seconds": max(value for value in delays if value is not None),
    }


PARTS = {"noop": noop, "sleeping": sleeping, "reporting": reporting}


def in_own_process(part: str, *, quick: bool) -> dict[str, Any]:
    """The figures of a part, with a ledger and a database of Prefect's of its own."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "SWEEPFLOW_HOME": f"{folder}/home", "PREFECT_HOME": f"{folder}/prefect"}
        command = [sys.executable, __file__, "--part", part, *(["--quick"] if quick else [])]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def over_limits(figures: dict[str, Any], *, quick: bool) -> list[str]:
    """The figures that are over their limits; of few trials, starts and ends weigh too much."""
    ratios = ("sleeping_ideal_ratio", "over_mapped")
    limits = {name: most for name, most in LIMITS.items() if not (quick and name in ratios)}
    return [name for name, most in limits.items() if figures.get(name, 0) > most]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="few trials, for a look within two minutes")
    arguments.add_argument("--json", action="store_true", help="one JSON object in place of lines")
    arguments.add_argument("--parts", default=",".join(PARTS))
    arguments.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.part:
        import sweepflow.flows  # noqa: F401  sets the server up, before Prefect

        print(json.dumps(PARTS[options.part](quick=options.quick)))
        return
    versions = {name: version(name) for name in ("prefect", "sweepflow", "scikit-learn")}
    found: dict[str, Any] = {"versions": versions, "load": os.getloadavg()[0]}
    if not options.json:
        print(", ".join(f"{name} {number}" for name, number in versions.items()), f"load {found['load']:.1f}")
    too_much = []
    for part in options.parts.split(","):
        figures = found[part] = in_own_process(part, quick=options.quick)
        too_much += [f"{part}: {name}" for name in over_limits(figures, quick=options.quick)]
        if not options.json:
            print(
                part, {name: round(value, 2) for name, value in figures.items() if not isinstance(value, str)}
            )
    found["over_limits"] = too_much
    found["figures"] = {
        f"{part}: {words}": (found[part][name], LIMITS.get(name))
        for part in options.parts.split(",")
        for name, words in WORDS.items()
        if name in found[part]
    }
    if "noop" in found:
        found["peers"] = {f"noop: {WORDS['ms_per_trial']}": {"Prefect's `map`": found["noop"]["mapped_ms"]}}
    print(json.dumps(found) if options.json else f"over their limits: {', '.join(too_much) or 'none'}")
    sys.exit(bool(too_much))


if __name__ == "__main__":
    main()
