"""A trial that is a scikit-learn estimator: what a spec says of it.

What checks and fits it is imported when it is used: scikit-learn takes a second and 100 MB, and every spec
knows this kind of trial.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from sweepflow.base.tables import READERS_OF_TABLES
from sweepflow.data.prepared import PreparedData
from sweepflow.data.source import Validation
from sweepflow.errors import Problem
from sweepflow.fields.bounds import LONGEST_NAME
from sweepflow.importing.keeping_out import kept_out
from sweepflow.importing.user_modules import user_folder
from sweepflow.models.skops_io import skops_io
from sweepflow.space.search_space import SearchSpace, branch_names
from sweepflow.training.apart import spares_tables
from sweepflow.training.estimator.fixed_parameters import FixedParameters
from sweepflow.training.estimator.forms import is_sklearns
from sweepflow.training.estimator.iterations import Iterations
from sweepflow.training.estimator.steps_field import Steps
from sweepflow.training.job import Job, Reporter, Trained
from sweepflow.training.kind import OtherParts, TrialKind
from sweepflow.training.preprocess import Preprocess
from sweepflow.training.target import Target
from sweepflow.training.threshold_field import Threshold
from sweepflow.trials.parameters import Parameters

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator
    from sklearn.pipeline import Pipeline

    from sweepflow.training.parameter_constraints import ParameterConstraints


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
        from sklearn.base import is_classifier

        return bool(is_classifier(self.instance()))

    @property
    def n_intervals(self) -> int | None:
        """How often a trial reports, where that is the same for all; None where it depends on a parameter."""
        return self.iterations.epochs if self.iterations else 1

    def load(self) -> "type[BaseEstimator]":
        """The estimator's class; TrialError if the name is not that of an allowed classifier or regressor."""
        from sweepflow.training.estimator.loading import estimator_class

        return estimator_class(self.estimator)

    def instance(self) -> Any:
        """The estimator with its fixed parts; TrialError for its class, SpecError for a part."""
        from sweepflow.training.estimator.composed import with_fixed_parts

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
        from sweepflow.training.estimator.defaults import default_parameters

        return default_parameters(self, self.instance, space)

    def rules(self) -> "ParameterConstraints | None":
        """Scikit-learn's constraints on its parameters; None if it is no estimator."""
        from sweepflow.training.estimator.checking import rules

        return rules(self)

    def check(self, names: frozenset[str], *, is_trusted: bool) -> list[Problem]:
        """The problems of the estimator, of its fixed parameters and of the names that the space draws.

        An estimator that takes any name, as LightGBM's do, may get names that it does not list, except
        misspelt ones, from the user's own shell or code (`is_trusted`). From elsewhere they are refused,
        because they may be files to open.
        """
        from sweepflow.training.estimator.checking import check

        return check(self, names, is_trusted=is_trusted)

    def check_with(self, parts: OtherParts) -> Iterator[Problem]:
        """The problems with the data, the metrics, the goal, and folds beside iterations."""
        from sweepflow.training.estimator.checking import check_with

        return check_with(self, parts)

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
        from sweepflow.training.estimator.checking import check_data

        return check_data(self, data, space, metrics, validation, allows)

    def notices(self, parts: OtherParts) -> Iterator[str]:
        """Notices of parameters and of a policy without effect."""
        from sweepflow.training.estimator.checking import notices

        return notices(self, parts)

    def warm_up(self) -> None:
        """Import the estimator, what fits and scores it, and the package that writes its models."""
        with kept_out(READERS_OF_TABLES if spares_tables() else ()):
            self.load()
            skops_io()
            from sweepflow.training.estimator.models import warm_up
        if not spares_tables():
            warm_up()

    def train(self, job: Job, report: Reporter) -> Trained:
        """Fit, report the primary metric at every interval, and keep the model of the best one."""
        from sweepflow.training.estimator.models import train

        return train(self, job, report)

    def refit(self, job: Job, n_intervals: int) -> "Pipeline":
        """The job's model, fitted on training and validation rows for that many intervals."""
        from sweepflow.training.estimator.models import refit

        return refit(self, job, n_intervals)

    def fit_again(self, job: Job, n_intervals: int) -> "Pipeline":
        """The model that the job's trial had after that many intervals, for one that lost it."""
        from sweepflow.training.estimator.models import fit_again

        return fit_again(self, job, n_intervals)

    def model(self, parameters: Parameters, data: PreparedData) -> "Pipeline":
        """The unfitted model of a trial with these drawn parameters."""
        from sweepflow.training.estimator.models import model

        return model(self, parameters, data)

    def thread_notices(self, slots: int, cores: int) -> list[str]:
        """A notice about its own number of threads, if all slots together have more than there are cores."""
        from sweepflow.training.estimator.checks import thread_notices

        return list(thread_notices(self.instance(), self.parameters, slots, cores))

    def memory_notices(self, data: PreparedData, slots: int) -> list[str]:
        """Notices about the memory that the prepared rows take in each of so many workers."""
        from sweepflow.training.estimator.checking import memory_notices

        return memory_notices(self, data, slots)

    def facts(self, parameters: Parameters, data: PreparedData) -> dict[str, str]:
        """The preprocessing of a trial with these parameters; nothing if the estimator cannot be imported."""
        from sweepflow.training.estimator.models import facts

        return facts(self, parameters, data)
