"""A trial that is a scikit-learn estimator."""

import difflib
import importlib
import json
import pickle
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field
from sklearn.base import BaseEstimator, clone, is_classifier, is_regressor
from sklearn.pipeline import Pipeline

from sweepflow.base.settings import estimator_packages
from sweepflow.data.prepared import PreparedData, all_training_rows
from sweepflow.errors import Problem, TrialError, TrialTerminated
from sweepflow.fields.bounds import LONGEST_NAME, as_python, excesses, unwritable
from sweepflow.importing.user_modules import folder_of_user, use_folders
from sweepflow.metrics.scoreboard import Scoreboard, not_computed
from sweepflow.models.model_file import ModelError
from sweepflow.space.search_space import SearchSpace, branch_names, parameter_names
from sweepflow.training.encoding import Encoding, encoding_for, memory_notices
from sweepflow.training.estimator import checks
from sweepflow.training.estimator.class_weights import by_label
from sweepflow.training.estimator.folds import cross_validate
from sweepflow.training.estimator.iterations import Iterations, check_growing, sizes, unknown_parameter
from sweepflow.training.estimator.toy import impossible
from sweepflow.training.job import Job, Report, Trained
from sweepflow.training.kind import Parts, TrialKind
from sweepflow.training.parameter_constraints import ParameterConstraints
from sweepflow.training.pipeline import arrays, pipeline, split_names, unfitted, with_every_kind
from sweepflow.trials.parameters import Parameters

_MISSPELT = 0.8  # how similar a name then is, at least

_CLOSED = re.compile(r"__.*|.*\W.*|\d.*|tests|conftest|", re.DOTALL)
"""What no part of an estimator's path may be: the tests of a package do things when they are imported."""


def _plain(parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters as they come back from JSON, in which the ledger keeps them."""
    _refuse_excesses(parameters)
    plain = as_python(parameters)
    _refuse_excesses(plain)  # of arrays too
    if found := unwritable(plain):
        place, rule = found
        raise ValueError(f"{'.'.join(map(str, place))} {rule}")
    copied: dict[str, Any] = json.loads(json.dumps(plain))
    return copied


def _refuse_excesses(parameters: dict[str, Any]) -> None:
    for path, fault in excesses(parameters):
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
        module_name, _, name = self.estimator.rpartition(".")
        packages = estimator_packages()
        if module_name.partition(".")[0] not in packages:
            raise TrialError(f"must lie in {' or '.join(packages)}, got '{self.estimator}'{_nearest(name)}")
        if any(_CLOSED.fullmatch(part) for part in self.estimator.split(".")):
            raise TrialError(f"must be the path of a class, got '{self.estimator}'")
        try:
            if not self._is_sklearns:
                use_folders(module_name)
            found = getattr(importlib.import_module(module_name), name, None)
        except ModuleNotFoundError as error:
            raise TrialError(f"there is no '{self.estimator}' ({error}){_nearest(name)}") from error
        except Exception as error:  # it is there, and something that it needs is not, or was cut short
            reason = str(error) or type(error).__name__
            raise TrialError(f"'{self.estimator}' cannot be imported: {reason}") from error
        if found is None:
            raise TrialError(f"there is no '{self.estimator}'{_nearest(name)}")
        if not (isinstance(found, type) and issubclass(found, BaseEstimator) and hasattr(found, "fit")):
            hint = " of scikit-learn's kind; train it in a function" if hasattr(found, "predict") else ""
            raise TrialError(f"'{self.estimator}' is not an estimator{hint}")
        try:
            instance = found()
            can_predict = is_classifier(instance) or is_regressor(instance)
        except Exception as error:  # it has no defaults, or cannot do with them
            # What a wrapper of scikit-learn's says that holds no estimator is long, and not about the spec.
            reason = "it wraps another estimator" if isinstance(error, AttributeError) else str(error)
            told = f"'{self.estimator}' cannot be made from parameters alone: {reason}"
            raise TrialError(f"{told}; train it in a function") from error
        if not can_predict:
            raise TrialError(f"'{self.estimator}' is neither a classifier nor a regressor")
        return found

    @property
    def _is_sklearns(self) -> bool:
        return self.estimator.startswith("sklearn.")

    @property
    def root(self) -> Path | None:
        """The folder of the user's that its module has been imported from; None for what is installed."""
        return None if self._is_sklearns else folder_of_user(self.estimator)

    @property
    def label(self) -> str:
        """What it trains, for people."""
        return self.estimator

    @property
    def fixed(self) -> Mapping[str, Any]:
        """Its fixed parameters."""
        return self.parameters

    def hidden(self, space: SearchSpace) -> frozenset[str]:
        """The names that tell which branch was drawn: no estimator takes them."""
        return branch_names(space)

    def rules(self) -> ParameterConstraints | None:
        """What scikit-learn tells of its parameters; None if it is no estimator."""
        try:
            return ParameterConstraints(self.load()())
        except TrialError:
            return None

    def check(self, names: frozenset[str], *, is_trusted: bool) -> list[Problem]:
        """The problems of the estimator, of its fixed parameters and of the names that the space draws.

        An estimator that takes any name, as LightGBM's do, is given one from the user's own shell or code
        (`is_trusted`), unless it is nearly a name that is listed: others may be files to open.
        """
        try:
            estimator = self.load()()
        except TrialError as error:
            return [Problem("trial.estimator", str(error))]
        known = _settable(estimator)
        problems = [
            Problem(f"{path}.{name}", unknown_parameter(self.estimator, name, known))
            for path, group in (("trial.parameters", self.parameters), ("search_space", sorted(names)))
            for name in group
            if name not in known and not (is_trusted and _may_take(estimator, name, known))
        ]
        return problems + self._check_iterations(estimator)

    def check_with(self, parts: Parts) -> Iterator[Problem]:
        """What it needs of the data, of the metrics and of the goal, and what makes the intervals."""
        return checks.check_with(parts, has_iterations=self.iterations is not None)

    def check_data(
        self,
        data: PreparedData,
        *,
        space: SearchSpace,
        metrics: Sequence[tuple[str, str]],
        n_folds: int | None,
        allows: Callable[[Parameters], bool],
    ) -> list[Problem]:
        """What keeps it from learning from this data, or the metrics from scoring it, whatever is drawn."""
        drawn = parameter_names(space)
        found = checks.check_data(data, self.parameters, drawn, metrics, n_folds)
        return found or impossible(self, space, metrics, data, allows)

    def notices(self, parts: Parts) -> Iterator[str]:
        """Parameters, a target and a policy without effect."""
        return checks.notices(parts, self.parameters, self.n_intervals)

    def _check_iterations(self, estimator: BaseEstimator) -> list[Problem]:
        kind = self.iterations
        if kind is None:
            return []
        if kind.epochs is not None and not hasattr(estimator, "partial_fit"):
            rule = f"{self.estimator} has no partial_fit; name a `parameter` that grows, or leave it out"
            return [Problem("trial.iterations.epochs", rule)]
        if kind.parameter is not None:
            return check_growing(self.estimator, kind.parameter, estimator.get_params(deep=False))
        return []

    def _estimator(self, parameters: Parameters, data: PreparedData) -> Any:
        estimator = self.load()().set_params(**_with_labels(parameters, data))
        if self.iterations and self.iterations.parameter:
            estimator.set_params(warm_start=True)
        return estimator

    def warm_up(self) -> None:
        """Import the estimator, and what writes its models."""
        self.load()
        import skops.io  # noqa: F401  takes a second

    def train(self, job: Job, report: Report) -> Trained:
        """Fit, report the primary metric at every interval, and keep the model of the best one."""
        if job.data is None:
            raise TrialError("an estimator needs data")
        if job.folds is not None:
            return cross_validate(lambda: self._unfitted(job), job, report)
        theirs, estimator, encoding = self._parts(job.parameters, job.data)
        data = arrays(job.data, theirs, encoding)
        metric, best = job.objective.primary_metric, _Best(job, is_only=self.iterations is None)
        with suppress(TrialTerminated):
            for _ in self._stages(estimator, data.train_features, data.train_target, job):
                board = Scoreboard(estimator, data.validation_features, data.validation_target, job.data)
                value = board.value(metric)
                best.offer(estimator, value)
                report({metric: value})
        if best.lost:
            notes = tuple(not_computed(name, best.lost) for name in job.further_metrics)
            return Trained(best.model, {}, notes)
        kept = best.model()
        board = Scoreboard(kept, data.validation_features, data.validation_target, job.data)
        values, notes = board.measured(job.further_metrics)
        return Trained(lambda: pipeline(data.preprocess, kept), values, notes)

    def refit(self, job: Job, n_intervals: int) -> Pipeline:
        """The job's model, fitted on training and validation rows for that many intervals."""
        assert job.data is not None
        features, target = all_training_rows(job.data)
        preprocess, estimator = (step for _, step in self._unfitted(job).steps)
        numbers = preprocess.fit_transform(features, target)
        for _ in islice(self._stages(estimator, numbers, target, job), n_intervals):
            pass
        return pipeline(preprocess, estimator)

    def fit_again(self, job: Job, n_intervals: int) -> Pipeline:
        """The model that the job's trial had after that many intervals, for one that lost it."""
        assert job.data is not None
        if job.folds is not None:
            return self._unfitted(job).fit(*all_training_rows(job.data))
        theirs, estimator, encoding = self._parts(job.parameters, job.data)
        data = arrays(job.data, theirs, encoding)
        for _ in islice(self._stages(estimator, data.train_features, data.train_target, job), n_intervals):
            pass
        return pipeline(data.preprocess, estimator)

    def model(self, parameters: Parameters, data: PreparedData) -> Pipeline:
        """The unfitted model of a trial with these drawn parameters."""
        theirs, estimator, encoding = self._parts(parameters, data)
        return pipeline(unfitted(data, theirs, encoding), estimator)

    def memory_notices(self, data: PreparedData, slots: int) -> list[str]:
        """What to know of the memory that the prepared rows take in each of so many workers."""
        theirs, own = split_names(self.parameters)
        return list(memory_notices(self._estimator(own, data), data, theirs, slots))

    def _parts(self, drawn: Parameters, data: PreparedData) -> tuple[Parameters, Any, Encoding]:
        """The preprocessing's parameters, the unfitted estimator, and how it is given categories."""
        theirs, own = split_names({**self.parameters, **drawn})
        estimator = self._estimator(own, data)
        return theirs, estimator, encoding_for(estimator, data, theirs)

    def _unfitted(self, job: Job) -> Pipeline:
        assert job.data is not None
        return self.model(job.parameters, job.data)

    def _stages(self, estimator: Any, features: Any, target: Any, job: Job) -> Iterator[None]:
        """Fit the estimator further and further; yields at the end of every interval."""
        kind = self.iterations
        if kind is None:
            estimator.fit(features, target)
            yield
        elif kind.epochs is not None:
            labels = {"classes": job.data.labels} if job.data and is_classifier(estimator) else {}
            for _ in range(kind.epochs):
                estimator.partial_fit(features, target, **labels)
                yield
        else:
            for size in sizes(estimator, kind):
                estimator.set_params(**{str(kind.parameter): size}).fit(features, target)
                yield


class _Best:
    """Keeps the estimator as it was at the best interval so far."""

    def __init__(self, job: Job, *, is_only: bool) -> None:
        self._objective = job.objective
        self._is_only = is_only
        self._value: float | None = None
        self._copy: Callable[[], Any] | None = None
        self.lost: str | None = None
        """Why there is no copy of the best one; the value counts all the same."""

    def offer(self, estimator: Any, value: float) -> None:
        """Take the estimator if its value is better than every earlier one."""
        if self._value is not None and not self._objective.is_better(value, self._value):
            return
        self._value, self.lost = value, None
        if self._is_only:  # it trains no further
            self._copy = lambda: estimator
            return
        try:
            self._copy = partial(pickle.loads, pickle.dumps(estimator))
        except Exception as error:  # noqa: BLE001  what an estimator holds may raise anything
            self._copy, self.lost = None, f"the model of the best interval cannot be copied: {error}"

    def model(self) -> Any:
        """The estimator; ModelError if it could not be copied."""
        if self._copy is None:
            raise ModelError(str(self.lost))
        return self._copy()


def _with_labels(parameters: Parameters, data: PreparedData) -> dict[str, Any]:
    """The parameters, the labels in `class_weight` as they are in the data: in JSON all keys are text."""
    weights: Any = parameters.get("class_weight")
    if not isinstance(weights, dict):
        return dict(parameters)
    return {**parameters, "class_weight": by_label(weights, data.labels or ())}


def _settable(estimator: BaseEstimator) -> set[str]:
    theirs = {name for name in with_every_kind(estimator).get_params() if name.startswith("preprocess__")}
    # `memory` is a folder to write to, which is not for a web form to choose.
    return {name for name in theirs if not name.endswith("__memory")} | set(estimator.get_params())


def _may_take(estimator: BaseEstimator, name: str, known: set[str]) -> bool:
    """Whether it takes names that it does not list, and this is none of those misspelt."""
    if "__" in name or difflib.get_close_matches(name, known, n=1, cutoff=_MISSPELT):
        return False
    try:
        clone(estimator).set_params(**{name: None})
    except Exception:  # noqa: BLE001  as scikit-learn's own do
        return False
    return True


def _nearest(name: str) -> str:
    from sklearn.utils import all_estimators  # imports all of scikit-learn: only once there is a mistake

    paths = {found: cls.__module__.split("._")[0] for found, cls in all_estimators()}
    near = difflib.get_close_matches(name, paths, n=1, cutoff=0.75)
    return f"; did you mean {paths[near[0]]}.{near[0]}?" if near else ""
