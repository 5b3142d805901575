"""A trial that is a scikit-learn estimator."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, ClassVar, cast

from pydantic import AfterValidator, Field
from sklearn.base import BaseEstimator, is_classifier
from sklearn.pipeline import Pipeline

from sweepflow.data.prepared import PreparedData, all_training_roles, all_training_rows, load_roles
from sweepflow.data.source import Validation
from sweepflow.errors import Problem, TrialError, TrialTerminated
from sweepflow.fields.bounds import LONGEST_NAME, as_python, as_recorded, bound_problems
from sweepflow.importing.user_modules import user_folder
from sweepflow.metrics.scoreboard import Scoreboard, not_computed
from sweepflow.space.search_space import SearchSpace, branch_names, parameter_names
from sweepflow.training.boosters import Booster, Rows
from sweepflow.training.encoding import memory_notices
from sweepflow.training.estimator import checks
from sweepflow.training.estimator.boosting import boost, boost_again, measured, refit
from sweepflow.training.estimator.class_weights import by_label
from sweepflow.training.estimator.fitting import Best, stages
from sweepflow.training.estimator.folds import cross_validate
from sweepflow.training.estimator.iterations import Iterations
from sweepflow.training.estimator.loading import estimator_class, is_sklearns
from sweepflow.training.estimator.toy import impossible, some_draws
from sweepflow.training.job import Job, Reporter, Trained
from sweepflow.training.kind import OtherParts, TrialKind
from sweepflow.training.parameter_constraints import ParameterConstraints
from sweepflow.training.pipeline import Arrays, arrays, fit_model, pipeline, split_names, unfitted
from sweepflow.training.preprocess import Preprocess, fitting
from sweepflow.trials.parameters import Parameters, configuration_key


def _plain(parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters as they come back from JSON, in which the ledger keeps them."""
    _refuse_too_large(parameters)
    plain = as_python(parameters)
    _refuse_too_large(plain)  # of arrays too
    return dict(as_recorded(plain))


def _refuse_too_large(parameters: dict[str, Any]) -> None:
    for path, fault in bound_problems(parameters):
        raise ValueError(f"{path} {fault}" if path else fault)


class EstimatorTrial(TrialKind):
    """Train a scikit-learn estimator on the prepared data."""

    reports_own_metrics: ClassVar[bool] = False
    can_fit_again: ClassVar[bool] = True

    estimator: str = Field(
        max_length=LONGEST_NAME,
        description="The estimator's class, such as sklearn.ensemble.RandomForestClassifier.",
    )
    parameters: Annotated[dict[str, Any], AfterValidator(_plain)] = Field(
        default={}, description="Fixed parameters; what the search space draws comes on top."
    )
    preprocess: Preprocess | None = Field(
        title="Preprocessing",
        default=None,
        description="How columns reach the estimator; empty: as fits it.",
    )
    iterations: Iterations | None = Field(
        title="Iterations",
        default=None,
        description="How it reports while it trains; empty: once, at its end.",
    )

    @property
    def is_classifier(self) -> bool:
        """Whether the estimator is a classifier; otherwise it is a regressor."""
        return bool(is_classifier(self.load()()))

    @property
    def n_intervals(self) -> int | None:
        """How often a trial reports, where that is the same for all; None where it depends on a parameter."""
        if self.iterations is None:
            return 1
        return self.iterations.epochs

    def load(self) -> type[BaseEstimator]:
        """The estimator's class; TrialError if the name is not that of an allowed classifier or regressor."""
        return estimator_class(self.estimator)

    @property
    def root(self) -> Path | None:
        """The user's folder that its module has been imported from; None for an installed package."""
        return None if is_sklearns(self.estimator) else user_folder(self.estimator)

    @property
    def label(self) -> str:
        """What it trains, for people."""
        return self.estimator

    @property
    def fixed(self) -> Mapping[str, Any]:
        """Its fixed parameters."""
        return self.parameters

    def hidden(self, space: SearchSpace) -> frozenset[str]:
        """The names of the drawn branches, which no estimator takes."""
        return branch_names(space)

    def rules(self) -> ParameterConstraints | None:
        """Scikit-learn's constraints on its parameters; None if it is no estimator."""
        try:
            return ParameterConstraints(self.load()())
        except TrialError:
            return None

    def check(self, names: frozenset[str], *, is_trusted: bool) -> list[Problem]:
        """The problems of the estimator, of its fixed parameters and of the names that the space draws.

        An estimator that takes any name, as LightGBM's do, may get names that it does not list, except
        misspelt ones, from the user's own shell or code (`is_trusted`). From elsewhere they are refused,
        because they may be files to open.
        """
        try:
            estimator = self.load()()
        except TrialError as error:
            return [Problem("trial.estimator", str(error))]
        names_by_path = {"trial.parameters": self.parameters, "search_space": sorted(names)}
        return [
            *checks.check_parameters(self.estimator, estimator, names_by_path, is_trusted=is_trusted),
            *checks.check_preprocess(self.estimator, estimator, self.preprocess),
            *checks.check_iterations(self.estimator, estimator, self.iterations),
        ]

    def check_with(self, parts: OtherParts) -> Iterator[Problem]:
        """The problems with the data, the metrics, the goal, and folds beside iterations."""
        return checks.check_with(parts, has_iterations=self.iterations is not None)

    def check_data(
        self,
        data: PreparedData,
        *,
        space: SearchSpace,
        metrics: Sequence[tuple[str, str]],
        validation: Validation,
        allows: Callable[[Parameters], bool],
    ) -> list[Problem]:
        """The problems that keep it from learning from this data, or metrics from scoring it, in any draw."""
        drawn = parameter_names(space)
        problems = checks.check_weights(self.estimator, self.load()(), data, self.iterations)
        problems += checks.check_data(data, self.parameters, drawn, metrics, validation)
        problems = problems or list(self._missing_steps(data, some_draws(space, allows)))
        return problems or impossible(self, space, metrics, data, allows)

    def _missing_steps(self, data: PreparedData, draws: Iterable[Parameters]) -> Iterator[Problem]:
        """The parameters of steps that the preprocessing of some draw lacks, once each."""
        by_preprocessing = {configuration_key(split_names(drawn)[0]): drawn for drawn in draws}
        told: set[str] = set()
        for drawn in by_preprocessing.values():
            steps, _, how = self._parts(drawn, data)
            for name in steps.keys() - unfitted(data, {}, how).get_params().keys() - told:
                told.add(name)
                field = "search_space" if f"preprocess__{name}" in drawn else "trial.parameters"
                yield Problem(f"{field}.preprocess__{name}", f"there is no such step with {how}")

    def notices(self, parts: OtherParts) -> Iterator[str]:
        """Notices of parameters and of a policy without effect."""
        return checks.notices(parts, self.parameters, self.n_intervals)

    def warm_up(self) -> None:
        """Import the estimator, and the package that writes its models."""
        self.load()
        import skops.io  # noqa: F401  takes a second

    def train(self, job: Job, report: Reporter) -> Trained:
        """Fit, report the primary metric at every interval, and keep the model of the best one."""
        if job.data is None:
            raise TrialError("an estimator needs data")
        if job.folds is not None:
            return cross_validate(lambda: self._unfitted(job), job, job.folds, report)
        steps, estimator, how = self._parts(job.parameters, job.data)
        data = arrays(job.data, steps, how)
        if isinstance(estimator, Booster):
            boost(estimator, self.iterations, data, job, report)
            return measured(data.preprocess, estimator, data, job)
        roles = load_roles(job.data, "train")
        of_held_out = load_roles(job.data, "validation")
        held_out = data.validation_features, data.validation_target, job.data, of_held_out
        metric, best = job.objective.primary_metric, Best(job, is_only=self.iterations is None)
        rows = data.train_features, data.train_target
        with suppress(TrialTerminated):
            for _ in stages(estimator, self.iterations, *rows, job.data, roles):
                board = Scoreboard(estimator, *held_out)
                value = board.value(metric)
                best.offer(estimator, value)
                report({metric: value})
        if best.failure:
            notes = tuple(not_computed(name, best.failure) for name in job.further_metrics)
            return Trained(best.model, {}, notes)
        model = best.model()
        values, notes = Scoreboard(model, *held_out).measure(job.further_metrics)
        return Trained(lambda: pipeline(data.preprocess, model), values, notes)

    def refit(self, job: Job, n_intervals: int) -> Pipeline:
        """The job's model, fitted on training and validation rows for that many intervals."""
        data = job.needed_data
        if job.folds is not None:
            return self._fit_after_folds(job)
        features, target = all_training_rows(data)
        preprocess, estimator = (step for _, step in self._unfitted(job).steps)
        numbers = preprocess.fit_transform(features, target)
        roles = all_training_roles(data)
        if isinstance(estimator, Booster):
            rows = Rows(numbers, target, roles.weight)
            refit(estimator, self.iterations, rows, lambda: self._arrays(job), job, n_intervals)
            return pipeline(preprocess, estimator)
        fits = stages(estimator, self.iterations, numbers, target, data, roles)
        for _ in islice(fits, n_intervals):
            pass
        return pipeline(preprocess, estimator)

    def fit_again(self, job: Job, n_intervals: int) -> Pipeline:
        """The model that the job's trial had after that many intervals, for one that lost it."""
        prepared = job.needed_data
        if job.folds is not None:
            return self._fit_after_folds(job)
        steps, estimator, how = self._parts(job.parameters, prepared)
        data = arrays(prepared, steps, how)
        if isinstance(estimator, Booster):
            boost_again(estimator, self.iterations, data, job, n_intervals)
            return pipeline(data.preprocess, estimator)
        rows = data.train_features, data.train_target
        fits = stages(estimator, self.iterations, *rows, prepared, load_roles(prepared, "train"))
        for _ in islice(fits, n_intervals):
            pass
        return pipeline(data.preprocess, estimator)

    def model(self, parameters: Parameters, data: PreparedData) -> Pipeline:
        """The unfitted model of a trial with these drawn parameters."""
        steps, estimator, how = self._parts(parameters, data)
        return pipeline(unfitted(data, steps, how), estimator)

    def memory_notices(self, data: PreparedData, slots: int) -> list[str]:
        """Notices about the memory that the prepared rows take in each of so many workers."""
        steps, _, how = self._parts({}, data)
        return list(memory_notices(data, steps, slots, how.categories or "one_hot"))

    def _parts(self, drawn: Parameters, data: PreparedData) -> tuple[Parameters, Any, Preprocess]:
        """The parameters of the preprocessing's steps, the unfitted estimator, and the preprocessing."""
        preprocessing, own = split_names({**self.parameters, **drawn})
        estimator = self._estimator(own, data)
        how, steps = fitting(estimator, data, preprocessing, self.preprocess)
        return steps, estimator, how

    def _estimator(self, parameters: Parameters, data: PreparedData) -> Any:
        estimator = self.load()().set_params(**_with_labels(parameters, data))
        if isinstance(estimator, Booster):
            estimator.positive_label = data.positive_label
            return estimator
        if self.iterations and self.iterations.parameter:
            estimator.set_params(warm_start=True)
        return estimator

    def _unfitted(self, job: Job) -> Pipeline:
        return self.model(job.parameters, job.needed_data)

    def _arrays(self, job: Job) -> Arrays:
        steps, _, how = self._parts(job.parameters, job.needed_data)
        return arrays(job.needed_data, steps, how)

    def _fit_after_folds(self, job: Job) -> Pipeline:
        """The model that a cross-validated trial keeps."""
        model = self._unfitted(job)
        if job.folds is not None and isinstance(model[-1], Booster) and model[-1].stops_early:
            trained = cross_validate(lambda: self._unfitted(job), job, job.folds, lambda _: None)
            return cast(Pipeline, trained.model)
        return fit_model(model, *all_training_rows(job.needed_data), all_training_roles(job.needed_data))


def _with_labels(parameters: Parameters, data: PreparedData) -> dict[str, Any]:
    """The parameters, with the labels in `class_weight` as in the data: in JSON all keys are text."""
    weights: dict[str, Any] = {name: parameters.get(name) for name in ("class_weight", "class_weights")}
    labelled = {
        name: by_label(each, data.labels or ()) for name, each in weights.items() if isinstance(each, dict)
    }
    return {**parameters, **labelled}
