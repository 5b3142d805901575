"""Ten thousand trials in one sweep: what a trial costs, memory, the report, and many workers at once.

Each part runs in a process of its own:

- no-op trials, two at a time, and as many mapped no-op task runs of Prefect's, after few of both;
- trials of 27 reports, two at a time, judged by median stopping from the 20th on;
- one-second trials that sleep, 16 at a time, and then as many as the other tools do;
- 96 workers that report ten times a second each.

    python benchmarks/ten_thousand.py [--quick] [--json] [--parts noop,judged,sleeping,reporting]
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
sys.path.insert(0, str(Path(__file__).parent))

from commands import CommandFailed, answer
from script_output import conditions, options_parser, print_json

LIMITS = {
    "memory_mb": 350.0,
    "report_mb": 15.0,
    "sleeping_seconds": 680.0,
    "longest_delay_seconds": 1.0,
    "lost_reports": 0,
    "missing_in_ledger": 0,
    "missing_in_prefect": 0,
}
"""The most that each of these figures may be."""
OVER_FEW = 1.2
"""The most that `difference_ms` may be, in times of `few_difference_ms`."""
OF_MANY = ("difference_ms", "sleeping_seconds")
"""Those whose limits say nothing of few trials, of which starts and ends weigh too much."""
WORDS = {
    "ms_per_trial": "a trial, ms",
    "difference_ms": "a trial above a mapped no-op task run, ms",
    "few_difference_ms": "the same of {few} trials, ms",
    "memory_mb": "the flow's process, MB",
    "report_mb": "the report, MB",
    "sleeping_seconds": "the sweep, s",
    "sleeping_ideal_ratio": "seconds / those of slots that never wait",
    "few_sleeping_ideal_ratio": "{few} trials: seconds / those of slots that never wait",
    "longest_delay_seconds": "the longest delay of a report, s",
    "lost_reports": "reports lost",
    "n_reports": "reports on record",
    "missing_in_ledger": "trials missing in the ledger",
    "missing_in_prefect": "trials missing in Prefect's database",
}
"""What these figures are, for people."""
FEW_SLEEPING = 320
"""As many as the other tools of `run.py` do."""
_SECONDS = 1500
"""The most that a part may take."""


Policy = dict[str, Any] | None
"""The fields of an early termination policy."""
_MEDIAN = {"type": "median_stopping", "delay_evaluation": 20}


def fields(trainer: str, n: int, slots: int, policy: Policy = None, **values: float) -> dict[str, Any]:
    """The fields of a spec with so many random trials of this trainer."""
    fixed = {name: {"type": "choice", "values": [value]} for name, value in values.items()}
    return {
        "trial": {"function": trainer},
        "search_space": {"x": {"type": "uniform", "min_value": 0, "max_value": 1}, **fixed},
        "sampling_algorithm": {"type": "random", "seed": 0},
        "objective": {"primary_metric": "score", "goal": "maximize"},
        "early_termination": policy,
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


def swept(n: int, trainer: str, slots: int, policy: Policy = None, **values: float) -> dict[str, Any]:
    """Runs a sweep; its figures, and those of its record."""
    from sweepflow.flows.tune import tune

    with peak_memory() as figures:
        began, used = time.perf_counter(), time.process_time()
        result = tune(**fields(trainer, n, slots, policy, **values))
        seconds = time.perf_counter() - began
    return {
        **figures,
        "seconds": seconds,
        "ms_per_trial": 1000 * seconds / n,
        "processor_ms_per_trial": 1000 * (time.process_time() - used) / n,
        "missing_in_ledger": n - result.trials.completed - result.trials.terminated,
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
    from trial_overhead import mapped_noops, milliseconds, settle, sweep

    n_few, n, rounds = (100, 500, 1) if quick else (500, 10_000, 2)
    mapped_noops(10)
    sweep(10)
    few = [(milliseconds(mapped_noops, n_few), milliseconds(sweep, n_few)) for _ in range(rounds)]
    few_difference = statistics.median(ours - mapped for mapped, ours in few)
    base = milliseconds(mapped_noops, n)
    settle()
    figures = swept(n, "noop_trainer:train", 2)
    cost = figures["ms_per_trial"]
    return {
        "trials": n,
        "few": n_few,
        "mapped_ms": base,
        **figures,
        "difference_ms": cost - base,
        "few_difference_ms": few_difference,
    }


def judged(*, quick: bool) -> dict[str, Any]:
    """Trials of 27 reports each, but for a third, which median stopping ends at its first look, the 20th."""
    from sweepflow.base.settings import ledger_url
    from sweepflow.ledger.ledger import Ledger

    n = 300 if quick else 10_000
    figures = swept(n, "many_trainers:talk", 2, _MEDIAN, reports=27)
    with closing(Ledger(ledger_url())) as ledger:
        n_reports = len(ledger.metrics(figures["sweep_id"]))
    return {"trials": n, **figures, "n_reports": n_reports}


def sleeping(*, quick: bool) -> dict[str, Any]:
    """One-second trials, 16 at a time; the ideal is that no slot is ever empty."""
    from trial_overhead import settle

    n, n_few = (160, 64) if quick else (10_000, FEW_SLEEPING)
    figures = swept(n, "many_trainers:sleep", 16, seconds=1.0)
    settle()
    few_seconds = swept(n_few, "many_trainers:sleep", 16, seconds=1.0)["seconds"]
    return {
        "trials": n,
        "few": n_few,
        **figures,
        "sleeping_seconds": figures["seconds"],
        "sleeping_ideal_ratio": figures["seconds"] / (n / 16),
        "few_sleeping_ideal_ratio": few_seconds / (n_few / 16),
    }


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
        **{
            name: figures[name]
            for name in ("seconds", "memory_mb", "missing_in_ledger", "missing_in_prefect")
        },
        "lost_reports": slots * reports - n_reports,
        "longest_delay_seconds": max(value for value in delays if value is not None),
    }


PARTS = {"noop": noop, "judged": judged, "sleeping": sleeping, "reporting": reporting}


def in_own_process(part: str, *, quick: bool) -> dict[str, Any]:
    """The figures of a part, with a ledger and a database of Prefect's of its own."""
    with tempfile.TemporaryDirectory() as folder:
        own = {"SWEEPFLOW_HOME": f"{folder}/home", "PREFECT_HOME": f"{folder}/prefect"}
        command = [sys.executable, __file__, "--part", part, *(["--quick"] if quick else [])]
        return answer(command, _SECONDS, own)


def limits(figures: dict[str, Any], *, quick: bool) -> dict[str, float]:
    """The limits that hold of so many trials; that of many beside few follows from what was measured."""
    most = dict(LIMITS)
    if "few_difference_ms" in figures:
        most["difference_ms"] = OVER_FEW * figures["few_difference_ms"]
    return {name: limit for name, limit in most.items() if not (quick and name in OF_MANY)}


def main() -> None:
    arguments = options_parser(__doc__, quick="few trials, for a look within two minutes")
    arguments.add_argument("--parts", default=",".join(PARTS))
    arguments.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.part:
        import sweepflow.flows  # noqa: F401  sets the server up, before Prefect

        print(json.dumps(PARTS[options.part](quick=options.quick)))
        return
    under = conditions("prefect", "sweepflow", "scikit-learn")
    if not options.json:
        print(under.line)
    figures: dict[str, tuple[float, float | None]] = {}
    found: dict[str, Any] = {}
    for part in options.parts.split(","):
        try:
            found[part] = in_own_process(part, quick=options.quick)
        except CommandFailed as error:
            sys.exit(f"{part}: {error}")
        most = limits(found[part], quick=options.quick)
        named = {name: words.format(**found[part]) for name, words in WORDS.items() if name in found[part]}
        own = {f"{part}: {words}": (found[part][name], most.get(name)) for name, words in named.items()}
        figures |= own
        if not options.json:
            for words, (value, limit) in own.items():
                print(f"{words:70} {value:10.2f}" + ("" if limit is None else f"  (limit {limit:g})"))
    if options.json:
        mapped = {"Prefect's `map`": found["noop"]["mapped_ms"]} if "noop" in found else {}
        print_json(under, figures, {f"noop: {WORDS['ms_per_trial']}": mapped} if mapped else {}, **found)
    too_much = [name for name, (value, limit) in figures.items() if limit is not None and value > limit]
    if too_much:
        print(f"over their limits: {', '.join(too_much)}", file=sys.stderr)
    sys.exit(bool(too_much))


if __name__ == "__main__":
    main()
