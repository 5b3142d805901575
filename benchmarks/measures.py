"""What `make bench` measures, and which tools do the same beside it."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

TOOLS = {
    "processes": "a pool of processes",
    "prefect": "Prefect's ProcessPoolTaskRunner",
    "random_search": "RandomizedSearchCV",
    "optuna": "Optuna",
    "dask": "Dask's `client.map`",
    "ray": "Ray Tune",
}
"""The modules in `peers`, in the order in which they run, with what they are called in the table."""


SLOW_TO_START = ("prefect", "ray")
"""Left out of a quick look: they take ten seconds and more before their first trial."""


class Done(NamedTuple):
    """What a tool took for so many trials, so many at a time."""

    n_trials: int
    n_workers: int
    seconds: float
    training_seconds: float | None = None
    peak_mb: float | None = None


Value = Callable[[Done, Done], float | None]
"""What stands in the table for a tool: of what it took, and of what the pool of processes took."""


def ms_a_trial(done: Done, floor: Done) -> float:
    return 1000 * done.seconds / done.n_trials


def over_training_time(done: Done, floor: Done) -> float | None:
    """1 is a worker that trains all the time, as fast as in the pool of processes."""
    if floor.training_seconds is None:
        return None
    each = floor.training_seconds / floor.n_trials
    return done.seconds / (each * done.n_trials / done.n_workers)


def over_sleeping_time(done: Done, floor: Done) -> float:
    """1 is a worker that sleeps one second after the other."""
    return done.seconds / (done.n_trials / done.n_workers)


def peak_mb(done: Done, floor: Done) -> float | None:
    return done.peak_mb


def seconds(done: Done, floor: Done) -> float:
    return done.seconds


class Peers(NamedTuple):
    """The same trials by other tools."""

    workload: str
    n_trials: int
    n_trials_quick: int
    n_workers: int
    values: Mapping[str, Value]
    """By the name of our figure that they stand beside, where {n} is the number of trials."""
    tools: tuple[str, ...] = tuple(TOOLS)
    fewer: Mapping[str, int] = {}
    """Of tools that would take too long: how many trials they do."""
    is_memory_measured: bool = False
    seconds: float = 180.0
    """The most that each of them may take, its start included."""


class Measure(NamedTuple):
    """One script, which prints its figures with `--json`."""

    title: str
    command: tuple[str, ...]
    quick: tuple[str, ...] | None
    """The options for a quick look; None where there is nothing to see in half a minute."""
    seconds: float
    """The most that it may take: about twice what it does."""
    peers: Peers | None = None


_NOOP = {"a no-op trial, ms": ms_a_trial}
_MANY = {"noop: a trial, ms": ms_a_trial}
_SLEEPING = {"sleeping: 320 trials: seconds / those of slots that never wait": over_sleeping_time}
_FITS = {
    "{n} trials, s": seconds,
    "{n} trials, the whole flow / training time of a pool of processes over 2": over_training_time,
}
_TABLE = {"all processes at the peak, MB": peak_mb, "the 8 trials, s": seconds}

MEASURES = {
    "start": Measure(
        "Start and end of a sweep of two trials", ("startup.py", "--rounds", "3"), ("--quick",), 400
    ),
    "noop": Measure(
        "500 no-op trials, two at a time (ProcessPoolTaskRunner: 100)",
        ("trial_overhead.py",),
        ("--quick", "--trials", "100"),
        240,
        Peers("noop", 500, 100, 2, _NOOP, fewer={"prefect": 100}),
    ),
    "fits": Measure(
        "64 fits of gradient boosting, .3 to 1 s each, two at a time",
        ("real_trials.py",),
        ("--quick",),
        300,
        Peers("fits", 64, 8, 2, _FITS),
    ),
    "noop-10000": Measure(
        "10,000 no-op trials, two at a time",
        ("ten_thousand.py", "--parts", "noop"),
        None,
        700,
        Peers("noop", 10_000, 0, 2, _MANY, tools=("processes", "optuna", "dask")),
    ),
    "judged": Measure(
        "10,000 trials of 27 reports, judged by median stopping from the 20th on",
        ("ten_thousand.py", "--parts", "judged"),
        None,
        1000,
    ),
    "sleeping": Measure(
        "10,000 trials that sleep a second, 16 at a time",
        ("ten_thousand.py", "--parts", "sleeping"),
        None,
        1000,
        Peers("sleep", 320, 0, 16, _SLEEPING, tools=("processes", "random_search", "optuna", "dask", "ray")),
    ),
    "reporting": Measure(
        "96 trials at a time, each reporting ten times a second",
        ("ten_thousand.py", "--parts", "reporting"),
        None,
        240,
    ),
    "page": Measure("The report page of 10,000 trials of 27 intervals", ("report_page.py",), None, 120),
    "policies": Measure(
        "Early termination: a report among 10,000 trials of 100 intervals each",
        ("policy_cost.py", "--trials", "10000"),
        (),
        90,
    ),
    "asking": Measure(
        "Bayesian sampling, eight parameters",
        ("asking_cost.py", "--trials", "1000", "--asks", "20"),
        ("--asks", "3"),
        90,
    ),
    "dask": Measure("500 no-op trials on two Dask workers", ("dask_overhead.py",), ("--quick",), 300),
    "table": Measure(
        "8 fits of SGDClassifier on 1,000,000 x 30, four at a time",
        ("big_table.py",),
        ("--quick",),
        180,
        Peers("table", 8, 8, 4, _TABLE, is_memory_measured=True),
    ),
    "texts": Measure(
        "8 fits of SGDClassifier on 20,000 x 30 and 100 columns of text, each of 100,000 that it may hold",
        ("big_table.py", "--rows", "20000", "--text", "100"),
        None,
        180,
    ),
    "preparing": Measure("Preparing a table of 1,000,000 x 30", ("preparing_memory.py",), None, 200),
}
