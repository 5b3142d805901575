"""An estimator of a boosting library in scikit-learn's form, which answers in the target's own labels."""

from abc import abstractmethod
from collections.abc import Collection, Mapping
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, is_classifier
from sklearn.utils import Tags

from sweepflow.base.tables import is_table
from sweepflow.data.labels import Label
from sweepflow.errors import TrialError
from sweepflow.training.boosters.faults import check_parameters, told_by
from sweepflow.training.boosters.names import Names
from sweepflow.training.boosters.threads import n_threads
from sweepflow.training.boosters.watch import Answers, Rows, Watch, Watcher
from sweepflow.training.target_scale import TargetScale

_LEARNED = ("classes_", "n_features_in_", "feature_names_in_", "rounds_", "learning_rate_", "scale")


class Fitted(NamedTuple):
    """A model of the library's own kind, and its rounds."""

    model: Any
    n_trained: int
    n_best: int
    """How many of the rounds its own early stopping keeps; all of them without."""


class Booster(BaseEstimator):  # type: ignore[misc]
    """What all of them share; a class for each of the library's estimators is derived from it.

    Its parameters are the library's own, whether that shows them or not; None stands for the library's
    default. Its pickle, and its part of a model file, hold the library's model in that library's own form,
    which runs no code when it is read.
    """

    names: ClassVar[Names]
    positive_label: Label | None = None
    """The label that is encoded as 1, for parameters as `scale_pos_weight`; None: the second of two."""
    learning_rate_: float | None = None
    """The rate that the library has chosen by itself, if it does so."""
    scale: TargetScale | None = None
    """The scale on which a regressor learns; None: that of the target."""

    def __init__(self, **parameters: Any) -> None:
        self.parameters = parameters

    # --- the library

    @classmethod
    @abstractmethod
    def defaults(cls) -> Mapping[str, Any]:
        """The parameters that the library shows, with their defaults; ImportError if it is not installed."""

    @abstractmethod
    def _train(self, parameters: dict[str, Any], rows: Rows, watcher: Watcher) -> Fitted:
        """Train the library's model on rows whose classes are numbers, under the eyes of the watcher."""

    @abstractmethod
    def _output(self, model: Any, features: Any) -> NDArray[Any]:
        """A number for each row, or the probabilities of the classes: of two, that of the second will do."""

    @abstractmethod
    def _cut(self, model: Any, n_rounds: int) -> Any:
        """A model as this one was after so many rounds; None if that cannot be told from it."""

    @abstractmethod
    def _written(self, model: Any) -> bytes:
        """The model in the library's own form."""

    @abstractmethod
    def _read(self, content: bytes) -> Any:
        """The model that was written so."""

    # --- its parameters

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002  scikit-learn's form
        """The parameters that the library shows and a web form may set, and those that have been set."""
        defaults = {n: each for n, each in self.defaults().items() if n not in self.names.kept_back}
        if self.rounds_name != self.names.rounds[0]:
            defaults.pop(self.names.rounds[0], None)
        return {**defaults, **self.parameters}

    def set_params(self, **parameters: Any) -> Self:
        """Set some of the parameters."""
        self.parameters = {**self.parameters, **parameters}
        return self

    def __sklearn_clone__(self) -> Self:
        clone = type(self)(**self.parameters)
        clone.positive_label, clone.scale = self.positive_label, self.scale
        return clone

    @property
    def rounds_name(self) -> str:
        """The name by which the number of rounds was set; the usual one if it was not."""
        return self._set_of(self.names.rounds) or self.names.rounds[0]

    @property
    def n_rounds(self) -> int:
        """How many rounds it trains at most; TrialError if that is no number of rounds."""
        name = self.rounds_name
        n_rounds = self.parameters.get(name)
        if n_rounds is None:
            return self.names.default_rounds
        if isinstance(n_rounds, bool) or not isinstance(n_rounds, int) or n_rounds < 1:
            raise TrialError(f"{name} must be a whole number >= 1, got {n_rounds!r}")
        return n_rounds

    @property
    def categorical_features(self) -> str | None:
        """`from_dtype`, as of scikit-learn's own boosters, if it takes pandas categories; else None."""
        return "from_dtype"

    @property
    def stops_early(self) -> bool:
        """Whether held-out rows decide how many rounds it keeps."""
        return any(self.parameters.get(name) for name in self.names.patience)

    def _set_of(self, names: Collection[str]) -> str | None:
        return next((name for name in names if self.parameters.get(name) is not None), None)

    def _settled(self, codes: Mapping[Any, int], *, may_stop: bool) -> dict[str, Any]:
        """The parameters for the library, all but the rounds, and with ours for those that are not set."""
        left_out = {*self.names.rounds, *(() if may_stop else self.names.patience)}
        given = {n: v for n, v in self.parameters.items() if v is not None and n not in left_out}
        if isinstance(weights := given.get("class_weight"), Mapping):
            given["class_weight"] = {codes.get(label, label): weight for label, weight in weights.items()}
        quiet = {} if self._set_of(self.names.loudness) else dict([self.names.quiet])
        threads = {} if self._set_of(self.names.threads) else {self.names.threads[0]: n_threads()}
        return {**quiet, **threads, **given}

    # --- fit and predict

    def fit(
        self,
        X: Any,  # noqa: N803
        y: Any,
        sample_weight: NDArray[Any] | None = None,
        *,
        held_out: Rows | None = None,
        watch: Watch | None = None,
        n_rounds: int | None = None,
    ) -> Self:
        """Fit it.

        On `held_out` rows it stops early if its parameters say so; without them, or with `n_rounds`, which is
        how many it then trains, those parameters have no effect. It may be watched on them; `keep` then says
        which of the rounds to keep.
        """
        check_parameters(self.parameters, self.names.patience)
        target = np.asarray(y)
        self._note_columns(X)
        codes = self._encode(target)
        self.scale = TargetScale(self.scale.transform).fit(target) if self.scale else None
        rows = Rows(X, self._numbers(target, codes), sample_weight)
        watcher = Watcher(
            watch,
            n_rounds or self.n_rounds,
            None if held_out is None else self._held_out(held_out, codes),
            self._answers,
            stops_early=self.stops_early and held_out is not None and n_rounds is None,
        )
        parameters = self._settled(codes, may_stop=watcher.stops_early)
        with told_by(self.names.package):
            fitted = self._train(parameters, rows, watcher)
        watcher.finish()
        self.last_interval_ = watcher.last_rounds
        self._whole = fitted.model if watch else None
        self.rounds_ = fitted.n_trained if watcher.is_stopped else fitted.n_best
        if self.rounds_ == fitted.n_trained:
            self._model = fitted.model
            return self
        return self._cut_or_fit(fitted.model, self.rounds_, X, y, sample_weight)

    def keep(self, n_rounds: int, rows: Rows) -> Self:
        """Keep only the first rounds of what it has trained on these rows, watched."""
        whole, self._whole = self._whole, None
        return self if n_rounds == self.rounds_ else self._cut_or_fit(whole, n_rounds, *rows)

    def _cut_or_fit(self, model: Any, n_rounds: int, X: Any, y: Any, weight: NDArray[Any] | None) -> Self:  # noqa: N803
        cut = self._cut(model, n_rounds)
        if cut is None:
            whole, last = self._whole, self.last_interval_
            self.follow(self).fit(X, y, weight, n_rounds=n_rounds)
            self._whole, self.last_interval_ = whole, last
        else:
            self._model, self.rounds_ = cut, n_rounds
        return self

    def follow(self, trained: Self) -> Self:
        """Train at the learning rate that the library has chosen for that one, so that its rounds fit."""
        if trained.learning_rate_ is not None:
            self.set_params(learning_rate=trained.learning_rate_)
        return self

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """The label or number of each row."""
        return self._answers(self._output(self.booster_, X)).predict(X)

    @property
    def booster_(self) -> Any:
        """The library's own model, whose classes are numbers."""
        if not hasattr(self, "_model"):
            self._model = self._read(self._content)
        return self._model

    def _answers(self, output: NDArray[Any]) -> Answers:
        if not is_classifier(self):
            if output.ndim > 1 and output.shape[1] > 1:
                raise TrialError(f"it predicts {output.shape[1]} numbers for a row, and may predict one")
            numbers = np.asarray(output).ravel()
            return Answers(self.scale.back(numbers) if self.scale else numbers, None)
        if output.ndim == 1 or output.shape[1] == 1:
            second = np.asarray(output).ravel()
            output = np.column_stack([1 - second, second])
        return Answers(output[:, self._columns], self.classes_)

    # --- labels and columns

    def _encode(self, target: NDArray[Any]) -> dict[Any, int]:
        """The number of each class; empty for a regressor."""
        if not is_classifier(self):
            return {}
        self.classes_ = np.unique(target)
        labels = self.classes_.tolist()
        if len(labels) == 2:
            labels.sort(key=lambda label: label == self.positive_label)
        self._labels_by_number = labels
        codes = {label: code for code, label in enumerate(labels)}
        self._columns = [codes[label] for label in self.classes_.tolist()]
        return codes

    def _numbers(self, target: NDArray[Any], codes: Mapping[Any, int]) -> NDArray[Any]:
        if not codes:
            return self.scale.forward(target) if self.scale else np.asarray(target, dtype=float)
        return np.array([codes.get(label, -1) for label in target.tolist()])

    def _held_out(self, rows: Rows, codes: Mapping[Any, int]) -> Rows:
        """The rows with numbers for classes; a class that the training rows lack counts for nothing."""
        numbers, weight = self._numbers(rows.target, codes), rows.weight
        is_known = numbers >= 0 if codes else np.full(len(numbers), True)
        if not is_known.all():
            weight = np.where(is_known, 1.0 if weight is None else weight, 0.0)
            numbers = np.maximum(numbers, 0)
        return Rows(rows.features, numbers, weight)

    def _note_columns(self, features: Any) -> None:
        self.n_features_in_ = features.shape[1]
        if is_table(features):
            self.feature_names_in_ = np.asarray(features.columns, dtype=object)

    # --- written and read

    def __getstate__(self) -> dict[str, Any]:
        state = {name: vars(self)[name] for name in _LEARNED if name in vars(self)}
        state |= {"parameters": self.parameters, "positive_label": self.positive_label}
        if hasattr(self, "_columns"):
            state["columns"] = self._columns
        if hasattr(self, "_model") or hasattr(self, "_content"):
            content = self._written(self._model) if hasattr(self, "_model") else self._content
            state["model"] = np.frombuffer(content, dtype=np.uint8)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.defaults()  # the library has to be there
        self.parameters, self.positive_label = state["parameters"], state["positive_label"]
        for name in _LEARNED:
            if name in state:
                setattr(self, name, state[name])
        if "columns" in state:
            self._columns = state["columns"]
        if "model" in state:
            self._content = np.asarray(state["model"], dtype=np.uint8).tobytes()

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_model") or hasattr(self, "_content")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.sparse = tags.input_tags.categorical = True
        return tags


class Classifies:
    """What a booster that classifies has beside that."""

    def predict_proba(self: Any, X: Any) -> NDArray[Any]:  # noqa: N803
        """The probability of each class, in the order of `classes_`."""
        return np.asarray(self._answers(self._output(self.booster_, X)).predict_proba(X))
