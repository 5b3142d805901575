"""The overhead of a trial: no-op trials compared with Prefect's own mapped no-op task runs.

Then that of a trial that is a command, compared with the command alone (`command_trial.py`).

Both flows run in turn in one process. Each ends only when Prefect has recorded its task runs, and begins only
when Prefect's server is idle, so that neither pays for the other's backlog: the server writes events for
seconds more, and a flow that begins meanwhile is told to try again after two. Prints milliseconds per trial,
including the start and end of the flows. Of what the server writes, two fifths come after the mapped flow
(3 ms a task run), and nothing after the sweep, which takes longer.

It also prints how much processor time this process takes for each: where that of the mapped no-op differs
between two runs, it is the machine that differs.

    python benchmarks/trial_overhead.py [--trials 500] [--rounds 3] [--commands 50] [--quick] [--json]
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import UUID

os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
sys.path.insert(0, str(Path(__file__).parent))

import sweepflow.flows  # noqa: F401, I001  sets the server up; before Prefect
import command_trial
from prefect import flow, runtime, task
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import ThreadPoolTaskRunner
from script_output import conditions, options_parser, print_json

from sweepflow.flows.engine.recorder import wait_until_recorded
from sweepflow.flows.tune import tune

LIMIT_MS = 6.0
_IDLE_SECONDS = 0.5


@task(cache_policy=NO_CACHE)
def noop(number: int) -> int:
    return number


@flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
def mapped_noops(n: int) -> None:
    noop.map(range(n)).wait()
    wait_until_recorded(UUID(runtime.flow_run.id), n)


def sweep(n: int) -> None:
    tune(
        trial={"function": "noop_trainer:train"},
        search_space={"x": {"type": "uniform", "min_value": 0, "max_value": 1}},
        sampling_algorithm={"type": "random", "seed": 0},
        objective={"primary_metric": "score", "goal": "maximize"},
        limits={"max_total_trials": n, "max_concurrent_trials": 2},
    )


def settle() -> None:
    """Wait until the processes below this one, of which Prefect's server is one, have nothing to do."""
    before = _processor_seconds_below()
    while True:
        time.sleep(_IDLE_SECONDS)
        used, before = _processor_seconds_below() - before, _processor_seconds_below()
        if used < 0.05 * _IDLE_SECONDS:
            return


def _processor_seconds_below() -> float:
    rows: dict[int, tuple[int, float]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            fields = path.read_text().rpartition(")")[2].split()
            ticks = int(fields[11]) + int(fields[12])
            rows[int(path.parent.name)] = int(fields[1]), ticks / os.sysconf("SC_CLK_TCK")
    below = {os.getpid()}
    while more := {pid for pid, (parent, _) in rows.items() if parent in below} - below:
        below |= more
    return sum(seconds for pid, (_, seconds) in rows.items() if pid in below - {os.getpid()})


def milliseconds(run: Callable[[int], None], n: int) -> float:
    """What one of n trials takes."""
    return cost(run, n)[0]


def cost(run: Callable[[int], None], n: int) -> tuple[float, float]:
    """What one of n trials takes in milliseconds: of time, and of this process's processor time."""
    settle()
    used, started = time.process_time(), time.perf_counter()
    run(n)
    return (time.perf_counter() - started) / n * 1000, (time.process_time() - used) / n * 1000


def compared(n: int, rounds: int, say: Callable[[str], None]) -> dict[str, float]:
    """The medians of the rounds."""
    found = []
    with tempfile.TemporaryDirectory() as home:
        os.environ["SWEEPFLOW_HOME"] = home
        mapped_noops(10)
        sweep(10)
        for _ in range(rounds):
            (base, base_used), (ours, ours_used) = cost(mapped_noops, n), cost(sweep, n)
            found.append((base, ours, ours - base, base_used, ours_used, ours_used - base_used))
            say(
                f"mapped no-op {base:5.1f} ms ({base_used:.1f} of processor time)    "
                f"trial {ours:5.1f} ms ({ours_used:.1f})    difference {ours - base:5.1f} ms"
            )
    names = ("mapped_ms", "trial_ms", "difference_ms")
    medians = map(statistics.median, zip(*found, strict=True))
    return dict(zip([*names, *(f"processor_{name}" for name in names)], medians, strict=True))


def main() -> None:
    arguments = options_parser(__doc__, quick="one round, and five commands")
    arguments.add_argument("--trials", type=int, default=500)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--commands", type=int, default=50)
    options = arguments.parse_args()
    rounds, n_commands = (1, 5) if options.quick else (options.rounds, options.commands)
    say: Callable[[str], None] = (lambda _: None) if options.json else print
    under = conditions("prefect", "sweepflow", "scikit-learn")
    say(under.line)
    found = compared(options.trials, rounds, say)
    difference, used = found["difference_ms"], found["processor_difference_ms"]
    say(f"median difference {difference:.1f} ms a trial over {options.trials} trials (limit {LIMIT_MS:g})")
    say(f"of this process's processor time: {used:.1f} ms a trial")
    trial, alone, own = command_trial.own_cost(n_commands)
    say(f"command trial {trial:5.1f} ms    the command alone {alone:5.1f} ms")
    say(f"median own cost {own:.1f} ms a trial over {n_commands} pairs (limit {command_trial.LIMIT_MS:g})")
    if options.json:
        figures = {
            "a no-op trial, ms": (found["trial_ms"], None),
            "a no-op trial above a mapped no-op task run, ms": (
                difference,
                LIMIT_MS if options.trials >= 500 else None,
            ),
            "a command's trial above its command, ms": (own, command_trial.LIMIT_MS),
        }
        commands = {"command_trial_ms": trial, "command_alone_ms": alone, "command_own_ms": own}
        peers = {"a no-op trial, ms": {"Prefect's `map`": found["mapped_ms"]}}
        print_json(under, figures, peers, trials=options.trials, **found, **commands)
    sys.exit(difference > LIMIT_MS or own > command_trial.LIMIT_MS)


if __name__ == "__main__":
    main()
