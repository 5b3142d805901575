"""Whether slots wait: real trials of .3 to 1 s, two at a time, compared with training alone.

Gradient boosting of digits, as a function that measures its own training. The ideal is that two slots train
all the time: half of what the trials trained, in the same run. What the slots took is counted from the first
trial's training to the last trial's end. Beside it is printed what the whole flow takes, with the start of
its workers, the report page and the wait for Prefect's records: over what its own trials trained, and over
what the same trials train in a pool of processes after it, without Sweepflow.

    python benchmarks/real_trials.py [--trials 64] [--rounds 3] [--quick] [--json]
"""

import os
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent))

import sweepflow.flows  # noqa: F401, I001  sets the server up; before Prefect
from commands import answer
from script_output import conditions, options_parser, print_json
from workloads import N_FITS

from sweepflow.base.settings import ledger_url
from sweepflow.flows.tune import tune
from sweepflow.ledger.ledger import Ledger

LIMIT = 1.03
_SLOTS = 2
_POOL_SECONDS = 120.0
"""The most that the pool of processes may take."""


class Run(NamedTuple):
    """One sweep; in seconds."""

    ideal: float
    """What the trials trained, over the slots."""
    slots: float
    """From the first trial's training to the last trial's end."""
    flow: float
    """The call of the flow."""


def swept(n: int) -> Run:
    """The times of a sweep of n trials."""
    began = time.perf_counter()
    result = tune(
        trial={"function": "real_trainer:fit"},
        search_space={"number": {"type": "choice", "values": list(range(n))}},
        sampling_algorithm="grid",
        objective={"primary_metric": "score", "goal": "maximize"},
        limits={"max_total_trials": n, "max_concurrent_trials": _SLOTS},
    )
    flow = time.perf_counter() - began
    with closing(Ledger(ledger_url())) as ledger:
        reports, trials = ledger.metrics(result.sweep_id), ledger.trials(result.sweep_id)
    ends = [trial.ended.timestamp() for trial in trials if trial.ended is not None]
    starts = [each.value for each in reports if each.name == "began" and each.value is not None]
    training = [each.value or 0.0 for each in reports if each.name == "training_seconds"]
    assert len(ends) == len(training) == n
    return Run(sum(training) / _SLOTS, max(ends) - min(starts), flow)


def measured(n: int, rounds: int) -> list[Run]:
    """The runs, after a small one that starts the server."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["SWEEPFLOW_HOME"] = home
        swept(_SLOTS)
        return [swept(n) for _ in range(rounds)]


def trained_in_pool(n: int) -> float:
    """What the same trials train in a pool of processes, over the slots."""
    sizes = ["--trials", str(n), "--workers", str(_SLOTS)]
    command = [sys.executable, "-m", "peers", "processes", "fits", *sizes]
    return float(answer(command, _POOL_SECONDS, {})["training_seconds"]) / _SLOTS


def main() -> None:
    arguments = options_parser(__doc__, quick="one round of eight trials")
    arguments.add_argument("--trials", type=int, default=N_FITS)
    arguments.add_argument("--rounds", type=int, default=3)
    options = arguments.parse_args()
    n, rounds = (8, 1) if options.quick else (options.trials, options.rounds)
    under = conditions("prefect", "sweepflow", "scikit-learn")
    runs = measured(n, rounds)
    seconds = statistics.median(run.slots for run in runs)
    ratio = statistics.median(run.slots / run.ideal for run in runs)
    whole = statistics.median(run.flow / run.ideal for run in runs)
    pool = trained_in_pool(n)
    over_pool = statistics.median(run.flow for run in runs) / pool
    if options.json:
        of_pool = f"training time of a pool of processes over {_SLOTS}"
        figures = {
            f"{n} trials, s": (seconds, None),
            f"{n} trials / their own training time over {_SLOTS}": (ratio, None if options.quick else LIMIT),
            f"{n} trials, the whole flow / their own training time over {_SLOTS}": (whole, None),
            f"{n} trials, the whole flow / {of_pool}": (over_pool, None),
        }
        print_json(under, figures, trials=n, pool=pool, runs=[run._asdict() for run in runs])
    else:
        print(under.line)
        for run in runs:
            print(f"training / 2 {run.ideal:6.2f} s   slots {run.slots:6.2f} s   flow {run.flow:6.2f} s")
        print(f"from the first training to the last end / own training {ratio:.3f} (limit {LIMIT:g})")
        print(f"the whole flow / own training {whole:.3f}, / training of a pool of processes {over_pool:.3f}")
    sys.exit(ratio > LIMIT and not options.quick)  # of few trials, the last one weighs too much


if __name__ == "__main__":
    main()
