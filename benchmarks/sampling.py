"""Bayesian sampling against Optuna's samplers: the best value after so many trials, and what asking costs.

One trial at a time, the same seeds for all. Prints medians over the seeds; processor seconds are those of
asking and telling alone, a sweep of all trials. Optuna's Gaussian process needs torch, which we do not: it is
left out where there is none.

    OMP_NUM_THREADS=1 python benchmarks/sampling.py [--seeds 10] [--trials 50 100]
                                                    [--problems branin ...] [--samplers auto ...]
"""

import argparse
import math
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
import optuna
from pydantic import TypeAdapter
from sklearn.datasets import load_breast_cancer
from sklearn.decomposition import PCA
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import SVC

from sweepflow.history import History
from sweepflow.objective import Objective
from sweepflow.sampling import BayesianSampling
from sweepflow.space import SearchSpace
from sweepflow.trial import Parameters, TrialState

SPACE = TypeAdapter(SearchSpace)


class Problem(NamedTuple):
    space: SearchSpace
    goal: str
    function: Callable[[Parameters], float]


class Sweep(NamedTuple):
    values: list[float]
    seconds: float
    """Of the processor, for asking and telling."""


def box(n: int, low: float, high: float) -> dict[str, Any]:
    return {f"x{i}": {"type": "uniform", "min_value": low, "max_value": high} for i in range(n)}


def branin(p: Parameters) -> float:
    x, y = p["x"], p["y"]
    b, c, t = 5.1 / (4 * math.pi**2), 5 / math.pi, 1 / (8 * math.pi)
    return (y - b * x * x + c * x - 6) ** 2 + 10 * (1 - t) * math.cos(x) + 10


def rosenbrock(p: Parameters) -> float:
    x = np.array(list(p.values()))
    return float(np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))


def ackley(p: Parameters) -> float:
    x = np.array(list(p.values()))
    hills = np.exp(np.mean(np.cos(2 * math.pi * x)))
    return float(-20 * np.exp(-0.2 * np.sqrt(np.mean(x * x))) - hills + 20 + math.e)


HEIGHTS = np.array([1.0, 1.2, 3.0, 3.2])
SHAPES = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
CENTRES = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def hartmann(p: Parameters) -> float:
    x = np.array(list(p.values()))
    return -float(HEIGHTS @ np.exp(-np.sum(SHAPES * (x - CENTRES) ** 2, axis=1)))


@cache
def cancer() -> tuple[Any, Any]:
    return load_breast_cancer(return_X_y=True)


SCALERS = {"standard": StandardScaler, "minmax": MinMaxScaler, "robust": RobustScaler}


def pipeline(p: Parameters) -> float:
    steps = [] if p["scaler"] is None else [SCALERS[p["scaler"]]()]
    steps += [PCA(p["components"], random_state=0)] if p["pca"] else []
    classifier = SVC(kernel=p["kernel"], C=p["C"], gamma=p["gamma"], class_weight=p["weight"], max_iter=3000)
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scores = cross_val_score(make_pipeline(*steps, classifier), *cancer(), cv=folds, scoring="roc_auc")
    return float(scores.mean())


PLANE = {
    "x": {"type": "uniform", "min_value": -5, "max_value": 10},
    "y": {"type": "uniform", "min_value": 0, "max_value": 15},
}
PIPELINE = {
    "scaler": {"type": "choice", "values": ["standard", "minmax", "robust", None]},
    "pca": {"type": "choice", "values": [True, False]},
    "components": {"type": "quniform", "min_value": 2, "max_value": 20, "q": 1},
    "kernel": {"type": "choice", "values": ["linear", "poly", "rbf", "sigmoid"]},
    "C": {"type": "loguniform", "min_value": -7, "max_value": 7},
    "gamma": {"type": "loguniform", "min_value": -10, "max_value": 2},
    "weight": {"type": "choice", "values": [None, "balanced"]},
}
PROBLEMS = {
    "branin": Problem(SPACE.validate_python(PLANE), "minimize", branin),
    "rosenbrock-4": Problem(SPACE.validate_python(box(4, -5, 10)), "minimize", rosenbrock),
    "ackley-5": Problem(SPACE.validate_python(box(5, -20, 30)), "minimize", ackley),
    "hartmann-6": Problem(SPACE.validate_python(box(6, 0, 1)), "minimize", hartmann),
    "pipeline": Problem(SPACE.validate_python(PIPELINE), "maximize", pipeline),
}


def ours(model: str, problem: Problem, n: int, seed: int) -> Sweep:
    algorithm = BayesianSampling(model=model)
    history = History(Objective(primary_metric="value", goal=problem.goal))
    seconds = 0.0
    for number in range(n):
        started = time.process_time()
        parameters = algorithm.propose(problem.space, history, number, seed)
        seconds += time.process_time() - started
        history.add(number, parameters)
        history.record(number, problem.function(parameters))
        history.move(number, TrialState.COMPLETED)
    return Sweep([trial.values[0] for trial in history], seconds)


def suggest(trial: optuna.Trial, name: str, expression: Any) -> Any:
    """The parameter as a user of Optuna would write it."""
    if expression.type == "choice":
        return trial.suggest_categorical(name, expression.values)
    low, high = expression.min_value, expression.max_value
    if expression.type == "quniform":
        return trial.suggest_int(name, round(low), round(high))
    if expression.type == "loguniform":
        return trial.suggest_float(name, math.exp(low), math.exp(high), log=True)
    return trial.suggest_float(name, low, high)


def optunas(make: Callable[[int], Any], problem: Problem, n: int, seed: int) -> Sweep:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction=problem.goal, sampler=make(seed))
    values, seconds = [], 0.0
    for _ in range(n):
        started = time.process_time()
        trial = study.ask()
        parameters = {name: suggest(trial, name, each) for name, each in problem.space.items()}
        seconds += time.process_time() - started
        values.append(problem.function(parameters))
        started = time.process_time()
        study.tell(trial, values[-1])
        seconds += time.process_time() - started
    return Sweep(values, seconds)


SAMPLERS: dict[str, Callable[[Problem, int, int], Sweep]] = {
    "auto": lambda *a: ours("auto", *a),
    "tpe": lambda *a: ours("tpe", *a),
    "gp": lambda *a: ours("gp", *a),
    "optuna-tpe": lambda *a: optunas(lambda seed: optuna.samplers.TPESampler(seed=seed), *a),
    "optuna-gp": lambda *a: optunas(lambda seed: optuna.samplers.GPSampler(seed=seed), *a),
}


def best(problem: Problem, values: list[float]) -> float:
    return Objective(primary_metric="value", goal=problem.goal).best(values)


def report(name: str, sampler: str, trials: list[int], seeds: int, is_verbose: bool) -> None:
    problem = PROBLEMS[name]
    sweeps = [SAMPLERS[sampler](problem, max(trials), seed) for seed in range(seeds)]
    cells = []
    for n in trials:
        found = sorted(best(problem, sweep.values[:n]) for sweep in sweeps)
        cells.append(f"{statistics.median(found):11.5f}")
        if is_verbose:
            cells.append(f" [{' '.join(f'{value:.5g}' for value in found)}]")
    seconds = statistics.median(sweep.seconds for sweep in sweeps)
    print(f"{name:13} {sampler:11}{''.join(cells)} {seconds:9.2f}", flush=True)


def version_of(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} not installed"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seeds", type=int, default=10)
    arguments.add_argument("--trials", type=int, nargs="+", default=[50, 100])
    arguments.add_argument("--problems", nargs="+", choices=PROBLEMS, default=list(PROBLEMS))
    arguments.add_argument("--samplers", nargs="+", choices=SAMPLERS, default=list(SAMPLERS))
    arguments.add_argument("--verbose", action="store_true", help="print the value of every seed, sorted")
    options = arguments.parse_args()
    packages = ("optuna", "torch", "scikit-learn", "scipy", "numpy")
    print(f"python {sys.version.split()[0]},", ", ".join(version_of(package) for package in packages))
    if find_spec("torch") is None and "optuna-gp" in options.samplers:
        print("torch is not installed: Optuna's GP sampler is left out")
        options.samplers.remove("optuna-gp")
    print(f"medians of {options.seeds} seeds")
    heads = "".join(f"{n:>4} trials" for n in options.trials)
    print(f"{'problem':13} {'sampler':11}{heads} {'cpu s':>9}")
    for name in options.problems:
        for sampler in options.samplers:
            report(name, sampler, options.trials, options.seeds, options.verbose)


if __name__ == "__main__":
    main()
