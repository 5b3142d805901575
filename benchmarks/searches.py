"""Searches a problem one trial at a time, with a sampler of ours or of Optuna's."""

import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import optuna

from problems import Problem
from sweepflow.sampling import BayesianSampling, RandomSampling, SamplingAlgorithm
from sweepflow.trials.history import History
from sweepflow.trials.state import TrialState

optuna.logging.set_verbosity(optuna.logging.ERROR)


class Search(NamedTuple):
    values: list[float]
    seconds: float
    """Processor seconds of ask and tell."""


def ours(algorithm: SamplingAlgorithm, problem: Problem, n: int, seed: int) -> Search:
    history, seconds = History(problem.objective), 0.0
    for number in range(n):
        started = time.process_time()
        parameters = algorithm.propose(problem.space, history, number, seed)
        seconds += time.process_time() - started
        assert parameters is not None
        history.add(number, parameters)
        history.record(number, problem.value(parameters))
        history.move(number, TrialState.COMPLETED)
    return Search([trial.values[0] for trial in history], seconds)


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


def optunas(sampler: optuna.samplers.BaseSampler, problem: Problem, n: int) -> Search:
    study = optuna.create_study(direction=problem.objective.goal, sampler=sampler)
    values, seconds = [], 0.0
    for _ in range(n):
        started = time.process_time()
        trial = study.ask()
        parameters = {name: suggest(trial, name, expression) for name, expression in problem.space.items()}
        seconds += time.process_time() - started
        values.append(problem.value(parameters))
        started = time.process_time()
        study.tell(trial, values[-1])
        seconds += time.process_time() - started
    return Search(values, seconds)


SEARCHES: dict[str, Callable[[Problem, int, int], Search]] = {
    "random": lambda *a: ours(RandomSampling(), *a),
    "random x2": lambda p, n, seed: ours(RandomSampling(), p, 2 * n, seed),
    "sobol": lambda *a: ours(RandomSampling(rule="sobol"), *a),
    "auto": lambda *a: ours(BayesianSampling(), *a),
    "gp": lambda *a: ours(BayesianSampling(model="gp"), *a),
    "tpe": lambda *a: ours(BayesianSampling(model="tpe"), *a),
    "optuna-tpe": lambda p, n, seed: optunas(optuna.samplers.TPESampler(seed=seed), p, n),
    "optuna-gp": lambda p, n, seed: optunas(optuna.samplers.GPSampler(seed=seed), p, n),
}
