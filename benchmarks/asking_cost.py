"""What it costs to ask for the next trial once many have finished: ours, and Optuna's TPE.

Two spaces of eight parameters: one with numbers only, one with three categories. As in a sweep with one slot,
each ask follows the end of the previous trial. Prints medians over the asks after so many finished trials, in
milliseconds of processor time and of wall time, which agree on a quiet machine. Beside them stands the first
ask, which has to learn from all trials at once, as after a resume.

    OMP_NUM_THREADS=1 python benchmarks/asking_cost.py [--trials 100 1000 5000] [--asks 40] [--json]
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import optuna
from pydantic import TypeAdapter

from problems import choice, log, uniform, whole
from script_output import conditions, options_parser, print_json
from searches import suggest
from sweepflow.sampling import BayesianSampling, RandomSampling
from sweepflow.space.search_space import SearchSpace
from sweepflow.trials.history import History
from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import Parameters
from sweepflow.trials.state import TrialState

LIMIT_MS, LIMIT_TRIALS = 50, 1000
"""`auto` must answer within this many milliseconds after this many trials."""

NUMBERS = {
    **{f"u{i}": uniform(0, 1) for i in range(4)},
    **{f"l{i}": log(-9, 0) for i in range(2)},
    **{f"q{i}": whole(1, 100) for i in range(2)},
}
MIXED = {
    **{f"u{i}": uniform(0, 1) for i in range(3)},
    "l0": log(-9, 0),
    "q0": whole(1, 100),
    "kind": choice("a", "b", "c", "d"),
    "scaler": choice("standard", "minmax", None),
    "flag": choice(True, False),
}
SPACES: dict[str, SearchSpace] = {
    name: TypeAdapter(SearchSpace).validate_python(space)
    for name, space in {"numbers": NUMBERS, "mixed": MIXED}.items()
}


def value(parameters: Parameters) -> float:
    """A bowl with a step for each category: cheap to compute, and there is something to learn."""
    numbers = [item for item in parameters.values() if type(item) in (int, float)]
    steps = sum(item in ("b", "minmax", False) for item in parameters.values() if item not in numbers)
    return -sum((number / (100 if number > 1 else 1) - 0.3) ** 2 for number in numbers) + 0.1 * steps


def random_draws(space: SearchSpace, n: int) -> list[Parameters]:
    history = History(Objective(primary_metric="value", goal="maximize"))
    drawn = (RandomSampling().propose(space, history, number, 0) for number in range(n))
    return [parameters for parameters in drawn if parameters is not None]


class Cost(NamedTuple):
    """The cost of one ask in milliseconds."""

    processor: float
    clock: float


def timed(ask: Callable[[], None], n_asks: int) -> list[Cost]:
    costs = []
    for _ in range(n_asks):
        started = time.process_time(), time.perf_counter()
        ask()
        ended = time.process_time(), time.perf_counter()
        costs.append(Cost(*((end - start) * 1000 for start, end in zip(started, ended, strict=True))))
    return costs


def ours(model: str, space: SearchSpace, n: int, n_asks: int) -> list[Cost]:
    algorithm = BayesianSampling(model=model)
    history = History(Objective(primary_metric="value", goal="maximize"))

    def finish(number: int, parameters: Parameters) -> None:
        history.add(number, parameters)
        history.record(number, value(parameters))
        history.move(number, TrialState.COMPLETED)

    def ask() -> None:
        number = len(history)
        parameters = algorithm.propose(space, history, number, 0)
        assert parameters is not None
        finish(number, parameters)

    for number, parameters in enumerate(random_draws(space, n)):
        finish(number, parameters)
    return timed(ask, n_asks)


def optunas(space: SearchSpace, n: int, n_asks: int) -> list[Cost]:
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))

    def ask() -> None:
        trial = study.ask()
        parameters = {name: suggest(trial, name, expression) for name, expression in space.items()}
        study.tell(trial, value(parameters))

    for parameters in random_draws(space, n):
        study.enqueue_trial(parameters)
        ask()
    return timed(ask, n_asks)


def rows(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    for name, space in SPACES.items():
        for n in options.trials:
            for sampler in ("auto", "gp", "tpe", "optuna-tpe"):
                asks = options.asks
                costs = optunas(space, n, asks) if "optuna" in sampler else ours(sampler, space, n, asks)
                yield {
                    "space": name,
                    "sampler": sampler,
                    "trials": n,
                    "processor_ms": statistics.median(cost.processor for cost in costs[1:]),
                    "clock_ms": statistics.median(cost.clock for cost in costs[1:]),
                    "first_ms": costs[0].processor,
                }


def name_of(row: dict[str, Any]) -> str:
    return f"asking for the next after {row['trials']:,} trials, {row['space']}, ms"


def limit_of(row: dict[str, Any]) -> float | None:
    return LIMIT_MS if row["sampler"] == "auto" and row["trials"] == LIMIT_TRIALS else None


def is_beyond_the_limit(row: dict[str, Any]) -> bool:
    limit = limit_of(row)
    return limit is not None and bool(row["processor_ms"] > limit)


def main() -> None:
    arguments = options_parser(__doc__)
    arguments.add_argument("--trials", type=int, nargs="+", default=[100, 1000, 5000])
    arguments.add_argument("--asks", type=int, default=40)
    options = arguments.parse_args()
    under = conditions("sweepflow", "optuna", "scipy", "numpy")
    if options.json:
        asks = list(rows(options))
        named = {name_of(row): row for row in asks if row["sampler"] == "auto"}
        figures = {name: (row["processor_ms"], limit_of(row)) for name, row in named.items()}
        peers = {name_of(row): {"Optuna": row["processor_ms"]} for row in asks if "optuna" in row["sampler"]}
        print_json(under, figures, peers, asks=asks)
        return
    print(under.line)
    print(f"{'space':9} {'sampler':11} {'trials':>6} {'processor ms':>13} {'clock ms':>9} {'first ms':>9}")
    beyond = []
    line = "{space:9} {sampler:11} {trials:6} {processor_ms:13.1f} {clock_ms:9.1f} {first_ms:9.1f}"
    for row in rows(options):
        print(line.format(**row), flush=True)
        beyond += [row] if is_beyond_the_limit(row) else []
    if beyond:
        sys.exit(f"auto took more than {LIMIT_MS} ms after {LIMIT_TRIALS} trials")


if __name__ == "__main__":
    main()
