"""The model of a trial of an estimator: unfitted, trained, and fitted again."""

import time
from importlib import import_module

from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sweepflow.data.prepared import PreparedData
from sweepflow.errors import TrialError
from sweepflow.training.arrays import Arrays, all_rows, arrays, through
from sweepflow.training.boosters import Booster, Rows
from sweepflow.training.estimator import fitting as plain
from sweepflow.training.estimator.boosting import boost, boost_again, measured, refit_booster
from sweepflow.training.estimator.composed import AsksForModel, Composed, composed
from sweepflow.training.estimator.deciding import asking, decided, decided_like
from sweepflow.training.estimator.folds import cross_validate, kept_model
from sweepflow.training.job import Job, Reporter, Trained
from sweepflow.training.pipeline import fit_steps, pipeline, split_names
from sweepflow.training.preprocess import Preprocess, described
from sweepflow.training.preprocess_choice import fitting
from sweepflow.trials.parameters import Parameters


def warm_up() -> None:
    """Import what reads tables, and what scikit-learn imports when it meets its first one."""
    import pandas as pd

    import_module("sweepflow.training.preprocessor")
    import_module("sweepflow.training.fit_by_columns")
    StandardScaler().set_output(transform="pandas").fit_transform(pd.DataFrame({"x": [0.0, 1.0]}))


def train(trial: AsksForModel, job: Job, report: Reporter) -> Trained:
    """Fit, report the primary metric at every interval, and keep the model of the best one."""
    if job.data is None:
        raise TrialError("an estimator needs data")
    job = asking(job, trial.threshold)
    if job.folds is not None:
        return cross_validate(lambda: _unfitted(trial, job), job, job.folds, report)
    (_, estimator), data = _inputs(trial, job)
    if isinstance(estimator, Booster):
        began = time.perf_counter()
        boost(estimator, trial.iterations, data, job, report)
        return measured(estimator, data, job, time.perf_counter() - began)
    return plain.fit_and_report(estimator, trial.iterations, data, job, report)


def refit(trial: AsksForModel, job: Job, n_intervals: int) -> Pipeline:
    """The job's model, fitted on training and validation rows for that many intervals."""
    if job.folds is not None:
        return kept_model(lambda: _unfitted(trial, job), asking(job, trial.threshold))
    preprocessing, (steps, estimator), how = parts_of(trial, job.parameters, job.needed_data)
    found = all_rows(job.needed_data, preprocessing, how, job.gap)
    whole, target, roles = pipeline(found.preprocess, estimator, steps), found.target, found.roles
    numbers = fit_steps(whole, found.features, target, roles)
    if isinstance(estimator, Booster):
        rows = Rows(numbers, target, roles.weight)
        refit_booster(estimator, trial.iterations, rows, lambda: _inputs(trial, job)[1], job, n_intervals)
    else:
        plain.refit(estimator, trial.iterations, numbers, target, roles, job, n_intervals)
    return decided_like(fit_again(trial, job, n_intervals), whole) if trial.threshold else whole


def fit_again(trial: AsksForModel, job: Job, n_intervals: int) -> Pipeline:
    """The model that the job's trial had after that many intervals, for one that lost it."""
    job = asking(job, trial.threshold)
    if job.folds is not None:
        return kept_model(lambda: _unfitted(trial, job), job)
    (steps, estimator), data = _inputs(trial, job)
    if isinstance(estimator, Booster):
        boost_again(estimator, trial.iterations, data, job, n_intervals)
    else:
        plain.fit_again(estimator, trial.iterations, data, job, n_intervals)
    return pipeline(data.preprocess, decided(estimator, data, job), steps)


def model(trial: AsksForModel, parameters: Parameters, data: PreparedData) -> Pipeline:
    """The unfitted model of a trial with these drawn parameters."""
    from sweepflow.training.preprocessor import unfitted

    preprocessing, (steps, estimator), how = parts_of(trial, parameters, data)
    return pipeline(unfitted(data, preprocessing, how), estimator, steps)


def facts(trial: AsksForModel, parameters: Parameters, data: PreparedData) -> dict[str, str]:
    """The preprocessing of a trial with these parameters; nothing if the estimator cannot be imported."""
    try:
        told = {"preprocessing": described(parts_of(trial, parameters, data)[2], data)}
    except TrialError:
        return {}
    told |= {"target learned as": trial.target.transform} if trial.target else {}
    return told | ({"threshold chosen by": trial.threshold.metric} if trial.threshold else {})


def parts_of(
    trial: AsksForModel, drawn: Parameters, data: PreparedData
) -> tuple[Parameters, Composed, Preprocess]:
    """The parameters of the preprocessing's steps, what comes after it, and the preprocessing."""
    preprocessing, _ = split_names({**trial.parameters, **drawn})
    whole, iterations = composed(trial, drawn, data), trial.iterations
    if iterations and iterations.parameter and not isinstance(whole.estimator, Booster):
        whole.estimator.set_params(warm_start=True)
    how, given = fitting(whole.learner, data, preprocessing, trial.preprocess)
    return given, whole.learning(trial.target), how


def _unfitted(trial: AsksForModel, job: Job) -> Pipeline:
    return model(trial, job.parameters, job.needed_data)


def _inputs(trial: AsksForModel, job: Job) -> tuple[Composed, Arrays]:
    """What comes after the preprocessing, and the arrays that the estimator at its end learns from."""
    preprocessing, whole, how = parts_of(trial, job.parameters, data := job.needed_data)
    return whole, through(whole.steps, arrays(data, preprocessing, how, job.gap), data)
