"""What comes after the preprocessing: the steps of a spec, and its estimator with its parts."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from sweepflow.data.prepared import PreparedData
from sweepflow.errors import TrialError
from sweepflow.training.boosters import Booster
from sweepflow.training.estimator.class_weights import with_labels
from sweepflow.training.estimator.composition import configured, is_closed, lacks, with_parts
from sweepflow.training.estimator.iterations import Iterations
from sweepflow.training.estimator.loading import bare, required
from sweepflow.training.estimator.steps import made_steps, split_steps, step_names
from sweepflow.training.pipeline import split_names
from sweepflow.training.preprocess import Preprocess
from sweepflow.training.target import Target
from sweepflow.training.target_scale import TargetScale, TransformedTarget
from sweepflow.training.threshold_field import Threshold
from sweepflow.trials.parameters import Parameters

PARAMETERS = "trial.parameters"


class Composed(NamedTuple):
    """The unfitted steps that are not left out, and the estimator."""

    steps: list[tuple[str, Any]]
    estimator: Any

    @property
    def learner(self) -> Any:
        """What the columns are prepared for: the estimator, behind the steps if there are any."""
        return Pipeline([*self.steps, ("estimator", self.estimator)]) if self.steps else self.estimator

    def learning(self, target: Target | None) -> "Composed":
        """The same with an estimator that learns the target as it is asked to, and predicts in its unit."""
        if target is None:
            return self
        if isinstance(self.estimator, Booster):
            self.estimator.scale = TargetScale(target.transform)
            return self
        return self._replace(estimator=TransformedTarget(self.estimator, target.transform))

    @property
    def names(self) -> set[str]:
        """All its parameters, as a spec names them; steps themselves are none."""
        of_steps = Pipeline(self.steps).get_params() if self.steps else {}
        own = (name for name in of_steps if "__" in name)
        return {name for name in [*own, *self.estimator.get_params()] if not is_closed(name)}


class HasParts(Protocol):
    """A trial of an estimator with parts and steps."""

    @property
    def estimator(self) -> str:
        """The path of its class."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The fixed ones."""

    @property
    def steps(self) -> Sequence[Mapping[str, Any]]:
        """Each a mapping of one name to what stands there."""

    def load(self) -> type[BaseEstimator]:
        """Its class."""


class AsksForModel(HasParts, Protocol):
    """A trial with all that a spec may say of its model."""

    @property
    def preprocess(self) -> Preprocess | None:
        """How columns reach the estimator."""

    @property
    def target(self) -> Target | None:
        """How it learns the target."""

    @property
    def threshold(self) -> Threshold | None:
        """How it decides between two classes."""

    @property
    def iterations(self) -> Iterations | None:
        """How it reports while it trains."""

    @property
    def n_intervals(self) -> int | None:
        """How often it reports, where that is known."""

    def instance(self) -> Any:
        """The estimator with its fixed parts."""

    def model(self, parameters: Parameters, data: PreparedData) -> Pipeline:
        """The unfitted model with these drawn parameters."""


def with_fixed_parts(trial: HasParts) -> Any:
    """The estimator with its fixed parts; TrialError for its class, SpecError for a part."""
    whole = bare(trial.load())
    with_parts(whole, split_steps(step_names(trial.steps), dict(trial.parameters))[1], PARAMETERS)
    return whole


def composed(trial: HasParts, drawn: Parameters, data: PreparedData | None = None) -> Composed:
    """The unfitted steps and the estimator of a trial with these drawn parameters.

    Without data, no labels are known. SpecError for a part that is wrong, TrialError for one that is lacking.
    """
    _, given = split_names({**trial.parameters, **drawn})
    of_steps, own = split_steps(step_names(trial.steps), given)
    cls = trial.load()
    if lacking := [name for name in required(cls) if name not in own]:
        raise TrialError(f"{trial.estimator} {lacks(lacking)}, and this trial has drawn none")
    own = with_labels(own, data.labels or () if data else (), trial.estimator)
    estimator = configured(bare(cls), own, PARAMETERS, optional=drawn)
    if isinstance(estimator, Booster) and data is not None:
        estimator.positive_label = data.positive_label
    return Composed(made_steps(trial.steps, of_steps, drawn), estimator)
