"""What an early termination policy costs a report, by how many trials there are.

Into a history of so many ended trials, each with all its reports, come some more, which report in turn and
end. A report costs what the history and the policy take for it together; a trial's beginning and end are
counted in. Beside that stands a first trial, for which the policy looks at each interval for the first time,
as after a resume. Milliseconds of processor time. The ledger, which writes each report down, is left out.

    OMP_NUM_THREADS=1 python benchmarks/policy_cost.py [--trials 1000 10000] [--quick] [--json]
"""

import argparse
import pickle
import random
import sys
import time
from collections.abc import Iterator
from typing import Any

from script_output import conditions, options_parser, print_json
from sweepflow.termination import (
    BanditPolicy,
    ForgivingFoldsPolicy,
    HyperbandPolicy,
    MedianStoppingPolicy,
    Policy,
    SuccessiveHalvingPolicy,
    TruncationSelectionPolicy,
)
from sweepflow.trials.history import History
from sweepflow.trials.objective import MeanObjective, Objective
from sweepflow.trials.state import TrialState

LIMIT_MS, LIMIT_TRIALS, LIMIT_INTERVALS = 0.15, 10_000, 100
"""A report may cost so much with so many trials of so many intervals."""

POLICIES: dict[str, Policy] = {
    "bandit": BanditPolicy(slack_factor=0.1),
    "median_stopping": MedianStoppingPolicy(),
    "truncation_selection": TruncationSelectionPolicy(truncation_percentage=20),
    "truncation, running only": TruncationSelectionPolicy(
        truncation_percentage=20, exclude_finished_jobs=True
    ),
    "successive_halving": SuccessiveHalvingPolicy(),
    "halving, rejudging": SuccessiveHalvingPolicy(rejudge=True),
    "hyperband": HyperbandPolicy(),
    "forgiving_folds": ForgivingFoldsPolicy(),
}


def objective_of(policy: Policy, n_intervals: int) -> Objective:
    if policy.needs_folds:
        return MeanObjective(primary_metric="score", goal="maximize", folds=n_intervals)
    return Objective(primary_metric="score", goal="maximize")


def filled(objective: Objective, n_trials: int, n_intervals: int, draws: random.Random) -> History:
    """A history of ended trials, whose values rise with their intervals."""
    history = History(objective)
    for number in range(n_trials):
        history.add(number, {"x": number})
        history.move(number, TrialState.RUNNING)
        quality = draws.random()
        for interval in range(n_intervals):
            history.record(number, quality * interval / n_intervals + 0.1 * draws.random())
        history.move(number, draws.choice([TrialState.COMPLETED, TrialState.TERMINATED]))
    return history


def milliseconds_a_report(
    policy: Policy, history: History, n_intervals: int, n_trials: int, draws: random.Random
) -> float:
    """What a report of further trials costs, which report at every interval whatever the policy says."""
    values = [[draws.random() for _ in range(n_intervals)] for _ in range(n_trials)]
    numbers = [len(history) + n for n in range(n_trials)]
    started = time.process_time()
    for number in numbers:
        history.add(number, {"x": number})
        history.move(number, TrialState.RUNNING)
    for interval in range(n_intervals):
        for number, curve in zip(numbers, values, strict=True):
            history.record(number, curve[interval])
            policy.decide(history, history[number], history.objective)
    for number in numbers:
        history.move(number, TrialState.COMPLETED)
    return (time.process_time() - started) * 1000 / (n_trials * n_intervals)


def rows(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    for n_trials in options.trials:
        kept: dict[Objective, bytes] = {}
        for name, policy in POLICIES.items():
            draws = random.Random(0)
            objective = objective_of(policy, options.intervals)
            if objective not in kept:
                kept[objective] = pickle.dumps(filled(objective, n_trials, options.intervals, draws))
            history = pickle.loads(kept[objective])
            # Between the two, some that count in neither: each bracket of hyperband has a first trial.
            first, _, then = (
                milliseconds_a_report(policy, history, options.intervals, n, draws)
                for n in (1, 3, options.more)
            )
            yield {"policy": name, "trials": n_trials, "first_ms": first, "report_ms": then}


def is_within_scope(row: dict[str, Any], n_intervals: int) -> bool:
    """Whether the limit holds for so many trials and intervals."""
    return row["trials"] <= LIMIT_TRIALS and n_intervals <= LIMIT_INTERVALS


def is_beyond_the_limit(row: dict[str, Any], n_intervals: int) -> bool:
    return is_within_scope(row, n_intervals) and row["report_ms"] > LIMIT_MS


def main() -> None:
    arguments = options_parser(__doc__, quick="10,000 trials alone")
    arguments.add_argument("--trials", type=int, nargs="+")
    arguments.add_argument("--intervals", type=int, default=100)
    arguments.add_argument("--more", type=int, default=4, help="trials that report further")
    options = arguments.parse_args()
    options.trials = options.trials or ([10_000] if options.quick else [1_000, 10_000, 30_000])
    under = conditions("sweepflow")
    if options.json:
        costs = list(rows(options))
        figures = {
            f"{row['policy']}, {row['trials']:,} trials, ms": (
                row["report_ms"],
                LIMIT_MS if is_within_scope(row, options.intervals) else None,
            )
            for row in costs
        }
        print_json(under, figures, costs=costs, intervals=options.intervals)
        return
    print(under.line)
    print(f"{options.intervals} intervals a trial; milliseconds of processor time a report")
    print(f"{'policy':25} {'trials':>7} {'at first':>9} {'then':>9}")
    beyond = []
    for row in rows(options):
        print("{policy:25} {trials:7} {first_ms:9.3f} {report_ms:9.4f}".format(**row), flush=True)
        beyond += [row["policy"]] if is_beyond_the_limit(row, options.intervals) else []
    if beyond:
        sys.exit(f"{', '.join(beyond)}: a report costs more than {LIMIT_MS} ms")


if __name__ == "__main__":
    main()
