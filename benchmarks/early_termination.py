"""What each early termination policy saves and loses: 81 neural networks on digits, up to 81 epochs each.

All curves are trained in full once a seed (6,561 epochs by partial_fit), then every policy decides over them
as in a sweep with two slots. Prints the median share of epochs that were trained, and of the accuracy, in
points, that the best trial lost against the best of all curves.

    python benchmarks/early_termination.py [--seeds 5] [--json]
"""

import argparse
import json
import os
import statistics
import sys
import warnings
from importlib.metadata import version

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from sweepflow.distributions import LogUniform, QLogUniform
from sweepflow.expressions import Choice
from sweepflow.history import History
from sweepflow.objective import Objective
from sweepflow.sampling import RandomSampling
from sweepflow.termination import (
    BanditPolicy,
    EarlyTermination,
    HyperbandPolicy,
    MedianStoppingPolicy,
    SuccessiveHalvingPolicy,
    TruncationSelectionPolicy,
)
from sweepflow.trial import TrialState

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
    SuccessiveHalvingPolicy(reduction_factor=5),
    HyperbandPolicy(),
]

Curves = list[list[float]]


def curves(seed: int) -> Curves:
    """The validation accuracy of each network by epoch."""
    features, target = load_digits(return_X_y=True)
    split = train_test_split(features, target, test_size=0.25, random_state=seed, stratify=target)
    scaler = StandardScaler().fit(split[0])
    train, validation = scaler.transform(split[0]), scaler.transform(split[1])
    history, found = History(OBJECTIVE), []
    for number in range(N_TRIALS):
        parameters = RandomSampling().propose(SPACE, history, number, seed)
        network = MLPClassifier(random_state=seed, **parameters)
        curve = []
        for _ in range(N_EPOCHS):
            network.partial_fit(train, split[2], classes=np.unique(target))
            curve.append(float(network.score(validation, split[3])))
        found.append(curve)
    return found


def run(policy: EarlyTermination, curves: Curves) -> tuple[float, float]:
    """The share of epochs trained under a policy, and the accuracy lost, in points."""
    history, waiting, running = History(OBJECTIVE), list(range(len(curves))), []
    while waiting or running:
        while waiting and len(running) < N_SLOTS:
            running.append(waiting.pop(0))
            history.add(running[-1], {"number": running[-1]})
            history.move(running[-1], TrialState.RUNNING)
        for number in list(running):
            trial = history[number]
            history.record(number, curves[number][len(trial.values)])
            is_stopped = policy.decide(history, trial, OBJECTIVE).stop
            if is_stopped or len(trial.values) == len(curves[number]):
                history.move(number, TrialState.TERMINATED if is_stopped else TrialState.COMPLETED)
                running.remove(number)
    n_trained = sum(len(trial.values) for trial in history)
    best = max(max(curve) for curve in curves)
    assert history.leader is not None
    assert history.leader.value is not None
    return n_trained / sum(map(len, curves)), 100 * (best - history.leader.value)


def label(policy: EarlyTermination) -> str:
    """The policy's type, and the fields that are not as by default."""
    fields = policy.model_dump(exclude_defaults=True)
    return " ".join([policy.type, *(f"{name}={value}" for name, value in fields.items())])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seeds", type=int, default=5)
    arguments.add_argument("--json", action="store_true")
    options = arguments.parse_args()
    warnings.simplefilter("ignore")
    results: dict[str, list[tuple[float, float]]] = {label(policy): [] for policy in POLICIES}
    for seed in range(options.seeds):
        trained = curves(seed)
        for policy in POLICIES:
            results[label(policy)].append(run(policy, trained))
        print(f"seed {seed} done", file=sys.stderr)
    table = {
        name: {
            "share": statistics.median(share for share, _ in found),
            "points_lost": statistics.median(lost for _, lost in found),
        }
        for name, found in results.items()
    }
    if options.json:
        print(json.dumps({"versions": {"scikit-learn": version("scikit-learn")}, "policies": table}))
        return
    print(f"scikit-learn {version('scikit-learn')}, sweepflow {version('sweepflow')}")
    print(f"{N_TRIALS} networks, {N_EPOCHS} epochs each, {N_SLOTS} slots; medians of {options.seeds} seeds")
    for name, row in table.items():
        print(f"{name:62} {row['share']:6.1%} of the epochs   {row['points_lost']:.2f} points lost")


if __name__ == "__main__":
    main()
