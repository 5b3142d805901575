"""A trial that is a scikit-learn estimator."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field
from sklearn.base import BaseEstimator, is_classifier
from sklearn.pipeline import Pipeline

from sweepflow.data.prepared import PreparedData
from sweepflow.data.source import Validation
from sweepflow.errors import Problem, SpecError, TrialError
from sweepflow.fields.bounds import LONGEST_NAME
from sweepflow.importing.user_modules import user_folder
from sweepflow.space.search_space import SearchSpace, branch_names, parameter_names
from sweepflow.training.arrays import Arrays, arrays, through
from sweepflow.training.boosters import Booster, Rows
from sweepflow.training.encoding import memory_notices
from sweepflow.training.estimator import checks
from sweepflow.training.estimator.boosting import boost, boost_again, measured, refit_booster
from sweepflow.training.estimator.class_weights import check_drawn_weights
from sweepflow.training.estimator.composed import Composed, composed, with_fixed_parts
from sweepflow.training.estimator.composed_checks import (
    check_composition,
    check_draws,
    fixed_learner,
    names_of_steps,
    own_names,
    steps_of,
)
from sweepflow.training.estimator.composed_constraints import ComposedConstraints
from sweepflow.training.estimator.deciding import (
    NEEDS_PROBABILITIES,
    asking,
    check_classes,
    check_metric,
    check_threshold,
    decided,
    decided_like,
)
from sweepflow.training.estimator.defaults import default_parameters
from sweepflow.training.estimator.fitting import all_rows, fit_again, fit_and_report, refit
from sweepflow.training.estimator.fixed_parameters import FixedParameters
from sweepflow.training.estimator.folds import cross_validate, kept_model
from sweepflow.training.estimator.inner_splits import inner_split_notices
from sweepflow.training.estimator.iterations import Iterations
from sweepflow.training.estimator.loading import estimator_class, is_sklearns
from sweepflow.training.estimator.preprocess_checks import check_preprocess, missing_steps
from sweepflow.training.estimator.steps_field import Steps
from sweepflow.training.estimator.target_checks import check_target, check_values
from sweepflow.training.estimator.toy import impossible, some_draws
from sweepflow.training.job import Job, Reporter, Trained
from sweepflow.training.kind import OtherParts, TrialKind
from sweepflow.training.parameter_constraints import ParameterConstraints
from sweepflow.training.pipeline import pipeline, split_names, unfitted
from sweepflow.training.preprocess import Preprocess, described
from sweepflow.training.preprocess_choice import fitting
from sweepflow.training.target import Target
from sweepflow.training.threshold_field import Threshold
from sweepflow.trials.parameters import Parameters


class EstimatorTrial(TrialKind):
    """Train a scikit-learn estimator on the prepared data."""

    reports_own_metrics: ClassVar[bool] = False
    can_fit_again: ClassVar[bool] = True
    has_defaults: ClassVar[bool] = True

    estimator: str = Field(
        max_length=LONGEST_NAME,
        description="The estimator's class, such as sklearn.ensemble.RandomForestClassifier.",
    )
    parameters: FixedParameters = Field(
        default={}, description="Fixed parameters; what the search space draws comes on top."
    )
    preprocess: Preprocess | None = Field(
        title="Preprocessing",
        default=None,
        description="How columns reach the estimator; empty: as fits it.",
    )
    steps: Steps = Field(
        default=(),
        description='Transformers between the preprocessing and the estimator, each {"reduce": '
        '"sklearn.decomposition.PCA"}; reduce__n_components is a parameter then, and reduce itself.',
    )
    target: Target | None = Field(
        title="Target",
        default=None,
        description="How it learns a target of numbers; empty: as it is.",
    )
    threshold: Threshold | None = Field(
        title="Threshold",
        default=None,
        description="How a model of two classes decides; empty: as the estimator does, mostly from 0.5 on.",
    )
    iterations: Iterations | None = Field(
        title="Iterations",
        default=None,
        description="How it reports while it trains; empty: once, at its end.",
    )

    @property
    def is_classifier(self) -> bool:
        """Whether the estimator is a classifier; otherwise it is a regressor."""
        return bool(is_classifier(self.instance()))

    @property
    def n_intervals(self) -> int | None:
        """How often a trial reports, where that is the same for all; None where it depends on a parameter."""
        return self.iterations.epochs if self.iterations else 1

    def load(self) -> type[BaseEstimator]:
        """The estimator's class; TrialError if the name is not that of an allowed classifier or regressor."""
        return estimator_class(self.estimator)

    def instance(self) -> Any:
        """The estimator with its fixed parts; TrialError for its class, SpecError for a part."""
        return with_fixed_parts(self)

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

    @property
    def ceiling(self) -> str | None:
        """The parameter that counts iterations, or the epochs."""
        return self.iterations.ceiling if self.iterations else None

    def hidden(self, space: SearchSpace) -> frozenset[str]:
        """The names of the drawn branches, which no estimator takes."""
        return branch_names(space)

    def defaults(self, space: SearchSpace) -> Parameters | None:
        """The estimator's own values, the fixed ones on top; None if it cannot do without a drawn one."""
        return default_parameters(self, self.instance, space)

    def rules(self) -> ParameterConstraints | None:
        """Scikit-learn's constraints on its parameters; None if it is no estimator."""
        try:
            return ComposedConstraints(self.instance(), steps_of(self))
        except (TrialError, SpecError):
            return None

    def check(self, names: frozenset[str], *, is_trusted: bool) -> list[Problem]:
        """The problems of the estimator, of its fixed parameters and of the names that the space draws.

        An estimator that takes any name, as LightGBM's do, may get names that it does not list, except
        misspelt ones, from the user's own shell or code (`is_trusted`). From elsewhere they are refused,
        because they may be files to open.
        """
        try:
            estimator = self.instance()
            learner = fixed_learner(self, estimator)
        except TrialError as error:
            return [Problem("trial.estimator", str(error))]
        except SpecError as error:
            return error.problems
        own, of_steps = own_names(self, names), names_of_steps(self)
        return [
            *check_composition(self, estimator, names),
            *checks.check_parameters(self.estimator, estimator, own, of_steps, is_trusted=is_trusted),
            *check_preprocess(self.estimator, learner, self.preprocess),
            *checks.check_iterations(self.estimator, estimator, self.iterations),
            *check_target(self.estimator, estimator, self.target),
            *check_threshold(self.estimator, estimator, self.threshold),
        ]

    def check_with(self, parts: OtherParts) -> Iterator[Problem]:
        """The problems with the data, the metrics, the goal, and folds beside iterations."""
        yield from checks.check_with(parts, has_iterations=self.iterations is not None)
        yield from check_metric(self.threshold, parts)
        if "search_space" in parts:
            yield from check_draws(self, parts["search_space"])

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
        problems = checks.check_weights(self.estimator, self.instance(), data, self.iterations)
        problems += checks.check_data(data, self.parameters, drawn, metrics, validation)
        problems += check_drawn_weights(space, data)
        problems += check_values(self.target, data)
        problems += check_classes(self.threshold, data)
        draws = some_draws(space, allows)
        problems = problems or list(missing_steps(lambda each: self._parts(each, data)[::2], data, draws))
        needed = [*metrics, NEEDS_PROBABILITIES] if self.threshold else metrics
        return problems or impossible(self, space, needed, data, allows)

    def notices(self, parts: OtherParts) -> Iterator[str]:
        """Notices of parameters and of a policy without effect."""
        yield from checks.notices(parts, self.parameters, self.n_intervals)
        with suppress(TrialError, SpecError):
            whole, drawn = composed(self, {}), parameter_names(parts["search_space"])
            yield from inner_split_notices(whole.estimator, whole.steps, drawn, parts["data"])

    def warm_up(self) -> None:
        """Import the estimator, and the package that writes its models."""
        self.load()
        import skops.io  # noqa: F401  takes a second

    def train(self, job: Job, report: Reporter) -> Trained:
        """Fit, report the primary metric at every interval, and keep the model of the best one."""
        if job.data is None:
            raise TrialError("an estimator needs data")
        job = asking(job, self.threshold)
        if job.folds is not None:
            return cross_validate(lambda: self._unfitted(job), job, job.folds, report)
        (_, estimator), data = self._inputs(job)
        if isinstance(estimator, Booster):
            began = time.perf_counter()
            boost(estimator, self.iterations, data, job, report)
            return measured(estimator, data, job, time.perf_counter() - began)
        return fit_and_report(estimator, self.iterations, data, job, report)

    def refit(self, job: Job, n_intervals: int) -> Pipeline:
        """The job's model, fitted on training and validation rows for that many intervals."""
        if job.folds is not None:
            return kept_model(lambda: self._unfitted(job), asking(job, self.threshold))
        model = self._unfitted(job)
        estimator, (numbers, target, roles) = model[-1], all_rows(model, job)
        if isinstance(estimator, Booster):
            rows = Rows(numbers, target, roles.weight)
            refit_booster(estimator, self.iterations, rows, lambda: self._inputs(job)[1], job, n_intervals)
        else:
            refit(estimator, self.iterations, numbers, target, roles, job, n_intervals)
        return decided_like(self.fit_again(job, n_intervals), model) if self.threshold else model

    def fit_again(self, job: Job, n_intervals: int) -> Pipeline:
        """The model that the job's trial had after that many intervals, for one that lost it."""
        job = asking(job, self.threshold)
        if job.folds is not None:
            return kept_model(lambda: self._unfitted(job), job)
        (steps, estimator), data = self._inputs(job)
        if isinstance(estimator, Booster):
            boost_again(estimator, self.iterations, data, job, n_intervals)
        else:
            fit_again(estimator, self.iterations, data, job, n_intervals)
        return pipeline(data.preprocess, decided(estimator, data, job), steps)

    def model(self, parameters: Parameters, data: PreparedData) -> Pipeline:
        """The unfitted model of a trial with these drawn parameters."""
        preprocessing, (steps, estimator), how = self._parts(parameters, data)
        return pipeline(unfitted(data, preprocessing, how), estimator, steps)

    def thread_notices(self, slots: int, cores: int) -> list[str]:
        """A notice about its own number of threads, if all slots together have more than there are cores."""
        return list(checks.thread_notices(self.instance(), self.parameters, slots, cores))

    def memory_notices(self, data: PreparedData, slots: int) -> list[str]:
        """Notices about the memory that the prepared rows take in each of so many workers."""
        learner = fixed_learner(self, self.instance())
        how, preprocessing = fitting(learner, data, split_names(self.parameters)[0], self.preprocess)
        return list(memory_notices(data, preprocessing, slots, how.categories or "one_hot"))

    def facts(self, parameters: Parameters, data: PreparedData) -> dict[str, str]:
        """The preprocessing of a trial with these parameters; nothing if the estimator cannot be imported."""
        try:
            told = {"preprocessing": described(self._parts(parameters, data)[2], data)}
        except TrialError:
            return {}
        told |= {"target learned as": self.target.transform} if self.target else {}
        return told | ({"threshold chosen by": self.threshold.metric} if self.threshold else {})

    def _parts(self, drawn: Parameters, data: PreparedData) -> tuple[Parameters, Composed, Preprocess]:
        """The parameters of the preprocessing's steps, what comes after it, and the preprocessing."""
        preprocessing, _ = split_names({**self.parameters, **drawn})
        whole = composed(self, drawn, data)
        if self.iterations and self.iterations.parameter and not isinstance(whole.estimator, Booster):
            whole.estimator.set_params(warm_start=True)
        how, given = fitting(whole.learner, data, preprocessing, self.preprocess)
        return given, whole.learning(self.target), how

    def _unfitted(self, job: Job) -> Pipeline:
        return self.model(job.parameters, job.needed_data)

    def _inputs(self, job: Job) -> tuple[Composed, Arrays]:
        """What comes after the preprocessing, and the arrays that the estimator at its end learns from."""
        preprocessing, whole, how = self._parts(job.parameters, data := job.needed_data)
        return whole, through(whole.steps, arrays(data, preprocessing, how, job.gap), data)
