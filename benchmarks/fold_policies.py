"""What each early termination policy saves and loses on cross-validated trials: 5 folds of small tables.

All folds of all trials are fitted once per table and seed. Then every policy decides on them as in a sweep
with two slots. Prints medians: the share of the fits that were made, and by how much the mean over all folds
of the winner is worse than that of the best trial; beside it the most that was lost, and how often the best
trial won.

    python benchmarks/fold_policies.py [--seeds 5] [--trials 40] [--json]
"""

import os
import statistics
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from sklearn import datasets
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from script_output import conditions, options_parser, print_json
from sweepflow.sampling import RandomSampling
from sweepflow.space.distributions import LogUniform, QLogUniform, Uniform
from sweepflow.space.expressions import Choice
from sweepflow.termination import (
    BanditPolicy,
    EarlyTermination,
    ForgivingFoldsPolicy,
    MedianStoppingPolicy,
    SuccessiveHalvingPolicy,
)
from sweepflow.trials.history import History
from sweepflow.trials.objective import MeanObjective
from sweepflow.trials.state import TrialState

N_FOLDS, N_SLOTS = 5, 2
POLICIES: list[EarlyTermination | None] = [
    None,
    MedianStoppingPolicy(),
    MedianStoppingPolicy(delay_evaluation=3),
    BanditPolicy(slack_amount=0.02),
    SuccessiveHalvingPolicy(),
    ForgivingFoldsPolicy(),
]

Curves = list[list[float]]


class Problem(NamedTuple):
    """A table, an estimator, its space, and the scorer that decides."""

    load: Callable[..., Any]
    estimator: Callable[..., Any]
    space: dict[str, Any]
    metric: str


_SVC = {"C": LogUniform(min_value=-5, max_value=7), "gamma": LogUniform(min_value=-9, max_value=1)}
_FOREST = {
    "n_estimators": QLogUniform(min_value=1.6, max_value=4.1, q=1),
    "max_features": Uniform(min_value=0.05, max_value=1),
    "min_samples_leaf": Choice(values=[1, 2, 4, 8, 16]),
    "max_depth": Choice(values=[2, 4, 8, 16]),
}
_BOOSTING = {
    "learning_rate": LogUniform(min_value=-5, max_value=-0.5),
    "n_estimators": QLogUniform(min_value=2.3, max_value=4.6, q=1),
    "max_depth": Choice(values=[1, 2, 3, 5]),
    "subsample": Uniform(min_value=0.4, max_value=1),
}
_NETWORK = {
    "learning_rate_init": LogUniform(min_value=-9, max_value=-2.3),
    "alpha": LogUniform(min_value=-11.5, max_value=0),
    "batch_size": Choice(values=[16, 32, 64]),
}
PROBLEMS = {
    "SVC on breast_cancer": Problem(datasets.load_breast_cancer, SVC, _SVC, "accuracy"),
    "SVC on digits": Problem(datasets.load_digits, SVC, _SVC, "accuracy"),
    "forest on breast_cancer": Problem(
        datasets.load_breast_cancer, RandomForestClassifier, _FOREST, "roc_auc"
    ),
    "forest on wine": Problem(datasets.load_wine, RandomForestClassifier, _FOREST, "accuracy"),
    "boosting on diabetes": Problem(datasets.load_diabetes, GradientBoostingRegressor, _BOOSTING, "r2"),
    "network on iris": Problem(datasets.load_iris, MLPClassifier, _NETWORK, "accuracy"),
}


def curves(problem: Problem, n_trials: int, seed: int) -> Curves:
    """The means over the first folds of each trial."""
    features, target = problem.load(return_X_y=True)
    splitter = KFold if problem.metric == "r2" else StratifiedKFold
    folds = splitter(N_FOLDS, shuffle=True, random_state=seed)
    history = History(_objective(problem))
    found = []
    for number in range(n_trials):
        parameters = RandomSampling().propose(problem.space, history, number, seed)
        model = make_pipeline(StandardScaler(), problem.estimator(random_state=seed, **parameters))
        scores = cross_val_score(model, features, target, cv=folds, scoring=problem.metric)
        found.append((np.cumsum(scores) / np.arange(1, N_FOLDS + 1)).tolist())
    return found


class Outcome(NamedTuple):
    """What a policy did to one sweep."""

    share: float
    """The share of the fits that were made."""
    points_lost: float
    won: bool
    """Whether a trial as good as the best one won."""


def run(policy: EarlyTermination | None, curves: Curves, objective: MeanObjective) -> Outcome:
    """Run a sweep with two slots."""
    history, waiting, running = History(objective), list(range(len(curves))), list[int]()
    while waiting or running:
        while waiting and len(running) < N_SLOTS:
            running.append(waiting.pop(0))
            history.add(running[-1], {"number": running[-1]})
            history.move(running[-1], TrialState.RUNNING)
        for number in list(running):
            trial = history[number]
            history.record(number, curves[number][len(trial.values)])
            is_stopped = policy is not None and policy.decide(history, trial, objective).stop
            if is_stopped or len(trial.values) == N_FOLDS:
                history.move(number, TrialState.TERMINATED if is_stopped else TrialState.COMPLETED)
                running.remove(number)
    assert history.leader is not None
    best, won = max(curve[-1] for curve in curves), curves[history.leader.number][-1]
    n_fits = sum(len(trial.values) for trial in history)
    return Outcome(n_fits / (len(curves) * N_FOLDS), 100 * (best - won), not objective.is_worse(won, best))


def _objective(problem: Problem) -> MeanObjective:
    return MeanObjective(primary_metric=problem.metric, goal="maximize", folds=N_FOLDS)


def label(policy: EarlyTermination | None) -> str:
    """The policy's type, and the fields that differ from the default."""
    if policy is None:
        return "none"
    fields = policy.model_dump(exclude_defaults=True)
    return " ".join([policy.type, *(f"{name}={value}" for name, value in fields.items())])


def row(name: str, policy: EarlyTermination | None, outcomes: list[Outcome]) -> dict[str, Any]:
    """The medians over the seeds."""
    return {
        "problem": name,
        "policy": label(policy),
        "share": statistics.median(outcome.share for outcome in outcomes),
        "points_lost": statistics.median(outcome.points_lost for outcome in outcomes),
        "most_points_lost": max(outcome.points_lost for outcome in outcomes),
        "won": sum(outcome.won for outcome in outcomes),
    }


def line(row: dict[str, Any]) -> str:
    return (
        f"{row['problem']:24} {row['policy']:36} {row['share']:6.1%} {row['points_lost']:6.2f} "
        f"{row['most_points_lost']:6.2f} {row['won']:3}"
    )


def main() -> None:
    arguments = options_parser(__doc__)
    arguments.add_argument("--seeds", type=int, default=5)
    arguments.add_argument("--trials", type=int, default=40)
    options = arguments.parse_args()
    warnings.simplefilter("ignore")
    under = conditions("sweepflow", "scikit-learn")
    if not options.json:
        print(under.line)
    rows = []
    for name, problem in PROBLEMS.items():
        trained = [curves(problem, options.trials, seed) for seed in range(options.seeds)]
        for policy in POLICIES:
            outcomes = [run(policy, each, _objective(problem)) for each in trained]
            rows.append(row(name, policy, outcomes))
            if not options.json:
                print(line(rows[-1]), flush=True)
    if options.json:
        print_json(under, policies=rows)


if __name__ == "__main__":
    main()
