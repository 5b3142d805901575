"""The best value of each sampler in 20, 50 and 100 trials on seven problems, and the cost of asking it.

All run one trial at a time with the same seeds. Prints medians over the seeds; processor seconds are those of
ask and tell only, for a whole search. `random x2` may run twice as many trials. Then follows a sign test of
`auto` against each of Optuna's samplers, seed by seed: differences with p > 0.05 are ties. Optuna's Gaussian
process needs torch, which we do not need: it is left out if torch is not installed.

    OMP_NUM_THREADS=1 python benchmarks/search_quality.py [--seeds 10] [--trials 20 50 100] [--json]
                                                         [--problems branin ...] [--samplers auto ...]
"""

import argparse
import statistics
import sys
from functools import cache
from importlib.util import find_spec
from typing import Any

from scipy.stats import binomtest

from problems import PROBLEMS, Problem
from script_output import conditions, options_parser, print_json
from searches import SEARCHES, Search

Row = dict[str, Any]
"""The best value of each seed by the number of trials, and the processor seconds of each."""


def row(sampler: str, problem: Problem, trials: list[int], searches: list[Search]) -> Row:
    factor = 2 if sampler == "random x2" else 1
    return {
        "best": {
            n: [problem.objective.best(result.values[: factor * n]) for result in searches] for n in trials
        },
        "seconds": [result.seconds for result in searches],
    }


@cache
def search(name: str, sampler: str, n: int, seed: int) -> Search:
    """Run a search, but only once for equal samplers: `auto` is `gp` if all parameters are numbers."""
    problem = PROBLEMS[name]
    is_mixed = any(expression.type == "choice" for expression in problem.space.values())
    if sampler == "auto" and not is_mixed:
        return search(name, "gp", n, seed)
    return SEARCHES[sampler](problem, n, seed)


def measure(name: str, options: argparse.Namespace) -> dict[str, Row]:
    problem, rows = PROBLEMS[name], {}
    for sampler in options.samplers:
        seeds = range(options.first_seed, options.first_seed + options.seeds)
        searches = [search(name, sampler, max(options.trials), seed) for seed in seeds]
        rows[sampler] = row(sampler, problem, options.trials, searches)
        print(line(name, sampler, rows[sampler]), file=sys.stderr if options.json else sys.stdout, flush=True)
    return rows


def line(problem: str, sampler: str, row: Row) -> str:
    cells = "".join(f"{statistics.median(values):12.6g}" for values in row["best"].values())
    return f"{problem:18} {sampler:11}{cells} {statistics.median(row['seconds']):9.2f}"


def comparison(problem: str, rows: dict[str, Row], peer: str) -> dict[str, Any]:
    """How often `auto` was better or worse than the peer with the same seed, by more than rounding."""
    n = max(rows["auto"]["best"])
    objective = PROBLEMS[problem].objective
    pairs = list(zip(rows["auto"]["best"][n], rows[peer]["best"][n], strict=True))
    better = sum(objective.is_worse(theirs, ours) for ours, theirs in pairs)
    worse = sum(objective.is_worse(ours, theirs) for ours, theirs in pairs)
    p = float(binomtest(better, better + worse).pvalue) if better + worse else 1.0
    return {"problem": problem, "peer": peer, "trials": n, "better": better, "worse": worse, "p": p}


def comparisons(table: dict[str, dict[str, Row]]) -> list[dict[str, Any]]:
    return [
        comparison(problem, rows, peer)
        for problem, rows in table.items()
        for peer in ("optuna-tpe", "optuna-gp")
        if "auto" in rows and peer in rows
    ]


def parse_arguments() -> argparse.Namespace:
    arguments = options_parser(__doc__)
    arguments.add_argument("--seeds", type=int, default=10)
    arguments.add_argument("--first-seed", type=int, default=0)
    arguments.add_argument("--trials", type=int, nargs="+", default=[20, 50, 100])
    arguments.add_argument("--problems", nargs="+", choices=PROBLEMS, default=list(PROBLEMS))
    arguments.add_argument("--samplers", nargs="+", choices=SEARCHES, default=list(SEARCHES))
    options = arguments.parse_args()
    if find_spec("torch") is None and "optuna-gp" in options.samplers:
        print("torch is not installed: Optuna's GP sampler is left out", file=sys.stderr)
        options.samplers.remove("optuna-gp")
    return options


def main() -> None:
    options = parse_arguments()
    under = conditions("sweepflow", "optuna", "torch", "scikit-learn", "scipy", "numpy")
    if not options.json:
        print(under.line)
        print(f"medians of {options.seeds} seeds")
        heads = "".join(f"{n:>5} trials" for n in options.trials)
        print(f"{'problem':18} {'sampler':11}{heads} {'cpu s':>9}", flush=True)
    table = {name: measure(name, options) for name in options.problems}
    results = comparisons(table)
    if options.json:
        print_json(under, problems=table, comparisons=results)
        return
    for result in results:
        print(
            "{problem}: auto against {peer} after {trials} trials: better from {better} seeds, "
            "worse from {worse}, p = {p:.3f}".format(**result)
        )


if __name__ == "__main__":
    main()
