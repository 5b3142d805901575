"""What each early termination policy saves and loses: 81 neural networks on digits, up to 81 epochs each.

All curves are trained in full once per seed (6,561 epochs by partial_fit). Then every policy decides on them
as in a sweep with two slots. Prints two medians: the share of epochs that were trained, and how many points
of accuracy the best trial lost against the best of all curves. Beside them stands what to expect from the
definition of the policy:

- `abreast`: the share on the same curves if all trials ran at once and each were compared with all others at
  the same interval. With two slots a trial is compared with earlier ones only, so fewer are stopped.
- `ranks alone`: the mean share over ten random orders of trials whose differences are the same at every
  interval; only for policies that use ranks. A record is never stopped, and of 81 trials in random order
  about five (1 + 1/2 + ... + 1/81) are records when they come: 6.2 % of the epochs.

    python benchmarks/early_termination.py [--seeds 5] [--json]
"""

import os
import statistics
import sys
import warnings
from typing import Any, NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from script_output import conditions, options_parser, print_json
from sweepflow.sampling import RandomSampling
from sweepflow.space.distributions import LogUniform, QLogUniform
from sweepflow.space.expressions import Choice
from sweepflow.termination import (
    BanditPolicy,
    EarlyTermination,
    HyperbandPolicy,
    MedianStoppingPolicy,
    SuccessiveHalvingPolicy,
    TruncationSelectionPolicy,
)
from sweepflow.trials.history import History
from sweepflow.trials.objective import Objective
from sweepflow.trials.state import TrialState

N_TRIALS, N_EPOCHS, N_SLOTS = 81, 81, 2
OBJECTIVE = Objective(primary_metric="accuracy", goal="maximize")
SPACE = {
    "hidden_layer_sizes": QLogUniform(min_value=2.1, max_value=4.9, q=1),  # 8 to 134 units
    "learning_rate_init": LogUniform(min_value=-9.2, max_value=-2.3),  # 0.0001 to 0.1
    "alpha": LogUniform(min_value=-11.5, max_value=0),
    "batch_size": Choice(values=[32, 64, 128, 256]),
    "activation": Choice(values=["relu", "tanh"]),
}
POLICIES: list[EarlyTermination] = [
    BanditPolicy(slack_factor=0.1, delay_evaluation=3),
    MedianStoppingPolicy(delay_evaluation=3),
    TruncationSelectionPolicy(truncation_percentage=20, evaluation_interval=3),
    SuccessiveHalvingPolicy(),
    SuccessiveHalvingPolicy(reduction_factor=4),
    SuccessiveHalvingPolicy(reduction_factor=5),
    SuccessiveHalvingPolicy(reduction_factor=5, min_intervals=2, rejudge=True),
    HyperbandPolicy(),
]

Curves = list[list[float]]


def curves(seed: int) -> Curves:
    """The validation accuracy of each network by epoch."""
    features, target = load_digits(return_X_y=True)
    split = train_test_split(features, target, test_size=0.25, random_state=seed, stratify=target)
    scaler = StandardScaler().fit(split[0])
    train, validation = scaler.transform(split[0]), scaler.transform(split[1])
    history, curves = History(OBJECTIVE), []
    for number in range(N_TRIALS):
        parameters = RandomSampling().propose(SPACE, history, number, seed)
        network = MLPClassifier(random_state=seed, **parameters)
        curve = []
        for _ in range(N_EPOCHS):
            network.partial_fit(train, split[2], classes=np.unique(target))
            curve.append(float(network.score(validation, split[3])))
        curves.append(curve)
    return curves


class Outcome(NamedTuple):
    share: float
    """The share of the epochs that were trained."""
    points_lost: float


def run(policy: EarlyTermination, curves: Curves) -> Outcome:
    """Run a sweep with two slots."""
    history, waiting, running = History(OBJECTIVE), list(range(len(curves))), []
    while waiting or running:
        while waiting and len(running) < N_SLOTS:
            running.append(waiting.pop(0))
            start(history, running[-1])
        for number in list(running):
            trial = history[number]
            history.record(number, curves[number][len(trial.values)])
            is_stopped = policy.decide(history, trial, OBJECTIVE).stop
            if is_stopped or len(trial.values) == len(curves[number]):
                end(history, number, is_stopped)
                running.remove(number)
    return outcome(history, curves)


def run_abreast(policy: EarlyTermination, curves: Curves) -> Outcome:
    """Run a sweep with a slot for each trial; the policy decides when all have reported."""
    history, running = History(OBJECTIVE), list(range(len(curves)))
    for number in running:
        start(history, number)
    for interval in range(N_EPOCHS):
        for number in running:
            history.record(number, curves[number][interval])
        stopped = [n for n in running if policy.decide(history, history[n], OBJECTIVE).stop]
        for number in stopped:
            end(history, number, is_stopped=True)
        running = [number for number in running if number not in stopped]
    for number in running:
        end(history, number, is_stopped=False)
    return outcome(history, curves)


def start(history: History, number: int) -> None:
    history.add(number, {"number": number})
    history.move(number, TrialState.RUNNING)


def end(history: History, number: int, is_stopped: bool) -> None:
    history.move(number, TrialState.TERMINATED if is_stopped else TrialState.COMPLETED)


def outcome(history: History, curves: Curves) -> Outcome:
    n_trained = sum(len(trial.values) for trial in history)
    best = max(max(curve) for curve in curves)
    assert history.leader is not None
    assert history.leader.value is not None
    return Outcome(n_trained / sum(map(len, curves)), 100 * (best - history.leader.value))


def share_by_ranks(policy: EarlyTermination, n_orders: int = 10) -> float | None:
    if isinstance(policy, BanditPolicy | MedianStoppingPolicy):
        return None
    orders = [np.random.default_rng(seed).permutation(N_TRIALS).tolist() for seed in range(n_orders)]
    return statistics.mean(run(policy, [[rank] * N_EPOCHS for rank in order]).share for order in orders)


def label(policy: EarlyTermination) -> str:
    """The policy's type, and the fields that differ from the default."""
    fields = policy.model_dump(exclude_defaults=True)
    return " ".join([policy.type, *(f"{name}={value}" for name, value in fields.items())])


def row(policy: EarlyTermination, outcomes: list[tuple[Outcome, Outcome]]) -> dict[str, Any]:
    """The medians over the seeds, for a sweep with two slots and for all trials at once."""
    return {
        "policy": label(policy),
        "share": statistics.median(sweep.share for sweep, _ in outcomes),
        "points_lost": statistics.median(sweep.points_lost for sweep, _ in outcomes),
        "most_points_lost": max(sweep.points_lost for sweep, _ in outcomes),
        "share_abreast": statistics.median(abreast.share for _, abreast in outcomes),
        "share_by_ranks": share_by_ranks(policy),
    }


def line(row: dict[str, Any]) -> str:
    by_ranks = "-" if row["share_by_ranks"] is None else f"{row['share_by_ranks']:.1%}"
    return (
        f"{row['policy']:62} {row['share']:7.1%} {row['points_lost']:7.2f} {row['most_points_lost']:7.2f} "
        f"{row['share_abreast']:8.1%} {by_ranks:>12}"
    )


def main() -> None:
    arguments = options_parser(__doc__)
    arguments.add_argument("--seeds", type=int, default=5)
    options = arguments.parse_args()
    warnings.simplefilter("ignore")
    under = conditions("sweepflow", "scikit-learn")
    all_outcomes: list[list[tuple[Outcome, Outcome]]] = [[] for _ in POLICIES]
    for seed in range(options.seeds):
        trained = curves(seed)
        for policy, outcomes in zip(POLICIES, all_outcomes, strict=True):
            outcomes.append((run(policy, trained), run_abreast(policy, trained)))
        print(f"seed {seed} done", file=sys.stderr)
    table = [row(policy, outcomes) for policy, outcomes in zip(POLICIES, all_outcomes, strict=True)]
    if options.json:
        print_json(under, policies=table)
        return
    print(under.line)
    print(f"{N_TRIALS} networks, {N_EPOCHS} epochs each, {N_SLOTS} slots; medians of {options.seeds} seeds")
    print(f"{'policy':62} {'epochs':>7} {'lost':>7} {'at most':>7} {'abreast':>8} {'ranks alone':>12}")
    for each in table:
        print(line(each))


if __name__ == "__main__":
    main()
