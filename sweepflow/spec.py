"""The spec: everything that a user asks for, in one vocabulary for file, flow, form and ledger."""

from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sweepflow.data import DataSource, Validation
from sweepflow.errors import Problem, SpecError
from sweepflow.limits import Limits
from sweepflow.objective import Objective
from sweepflow.sampling import RandomSampling, SamplingAlgorithm
from sweepflow.space import SearchSpace, branch_names, check_names, parameter_names, warnings_of
from sweepflow.termination import EarlyTermination
from sweepflow.training import EstimatorTrial, FunctionTrial, Trial
from sweepflow.unions import SpecModel, problems
from sweepflow.workers import Compute, LocalCompute


class Spec(SpecModel):
    """One sweep, as asked for."""

    type: Literal["sweep"] = Field(default="sweep", description="Always `sweep`; may be left out.")
    name: str | None = Field(default=None, description="A short name, to find the sweep again.")
    display_name: str | None = Field(default=None, description="What people are shown.")
    description: str | None = Field(default=None, description="What the sweep is for.")
    experiment_name: str | None = Field(default=None, description="The experiment it belongs to.")
    tags: dict[str, str] = Field(default={}, description="Labels of your own.")
    data: DataSource | None = Field(default=None, description="The table to train on.")
    validation: Validation = Field(default=Validation(), description="How the rows are split.")
    trial: Trial = Field(description="What each trial trains.")
    search_space: SearchSpace = Field(description="What each parameter is drawn from.")
    sampling_algorithm: SamplingAlgorithm = Field(
        default=RandomSampling(), description="How the next parameters are chosen."
    )
    objective: Objective = Field(description="The metric to optimise, and which way is up.")
    metrics: tuple[str, ...] = Field(default=(), description="Further metrics, at the end of each trial.")
    early_termination: EarlyTermination | None = Field(
        default=None, description="Which trials are stopped early; empty: none."
    )
    limits: Limits = Field(description="How much the sweep may use.")
    compute: Compute = Field(default=LocalCompute(), description="Where the trials train.")
    refit: bool = Field(
        default=False,
        description="Fit the best parameters again, on training and validation rows, before the test.",
    )

    @classmethod
    def parse(cls, fields: Mapping[str, Any]) -> Self:
        """The spec with these fields; SpecError with all that is wrong with them."""
        try:
            return cls.model_validate(dict(fields))
        except ValidationError as error:
            raise SpecError(problems(error)) from error

    def with_seed(self, seed: int) -> Self:
        """The spec with this seed recorded, where the sampling algorithm takes one and none was given."""
        sampling = self.sampling_algorithm
        if not isinstance(sampling, RandomSampling) or sampling.seed is not None:
            return self
        return self.model_copy(update={"sampling_algorithm": sampling.model_copy(update={"seed": seed})})

    def parameters_for_trial(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The drawn parameters as the trial gets them: an estimator is not told which branch was drawn."""
        hidden = branch_names(self.search_space) if isinstance(self.trial, EstimatorTrial) else frozenset()
        return {name: value for name, value in parameters.items() if name not in hidden}

    def check(self, *, is_trusted: bool) -> None:
        """Raise SpecError with every problem that shows before the data is read.

        `is_trusted` says that the spec comes from the user's own shell or code, not from a web form.
        """
        found = list(self._problems(is_trusted=is_trusted))
        if found:
            raise SpecError(found)

    def _problems(self, *, is_trusted: bool) -> Iterator[Problem]:
        yield from check_names(self.search_space)
        yield from self.sampling_algorithm.check(self.search_space)
        names = frozenset(self.parameters_for_trial(dict.fromkeys(parameter_names(self.search_space))))
        yield from self.trial.check(names, is_trusted=is_trusted)
        if isinstance(self.trial, FunctionTrial):
            if self.refit:
                yield Problem("refit", "must be false for a function, which decides itself what it trains on")
            return
        if self.data is None:
            yield Problem("data", "is required for an estimator")
        for path, metric in self.scorers():
            yield from _check_scorer(metric, path)

    def scorers(self) -> list[tuple[str, str]]:
        """The metrics by name, each behind its path in the spec."""
        further = [(f"metrics.{index}", name) for index, name in enumerate(self.metrics)]
        return [("objective.primary_metric", self.objective.primary_metric), *further]

    def notices(self) -> list[str]:
        """What the user should know although nothing is wrong, one sentence each."""
        base = getattr(self.sampling_algorithm, "base", None)
        found = warnings_of(self.search_space, *([] if base is None else [base]))
        if isinstance(self.trial, EstimatorTrial):
            if self.objective.goal == "minimize":
                found.append(
                    "objective.goal: scikit-learn's scorers are all such that greater is better, "
                    f"but {self.objective.primary_metric} is to be minimized"
                )
            n_intervals = self.trial.n_intervals
            policy = self.early_termination
            if policy and n_intervals and not any(map(policy.applies_at, range(1, n_intervals + 1))):
                found.append(
                    f"early_termination: {policy.type} will never act, because a trial reports "
                    f"{n_intervals} time(s); set trial.iterations"
                )
            elif policy and n_intervals == 1:
                found.append(
                    f"early_termination: {policy.type} saves no time, because a trial reports once, at its "
                    "end; set trial.iterations"
                )
        return found


def read_spec(path: Path) -> dict[str, Any]:
    """The fields in a YAML file (YAML 1.2), relative paths made relative to that file; SpecError."""
    try:
        fields = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SpecError([Problem("", f"there is no file '{path}'")]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError([Problem("", f"'{path}' cannot be read: {error}")]) from error
    except (YAMLError, ValueError, RecursionError) as error:
        message = " ".join(str(error).split())
        raise SpecError([Problem("", f"'{path}' is not valid YAML: {message}")]) from error
    if not isinstance(fields, dict):
        raise SpecError([Problem("", f"'{path}' must hold the fields of a sweep, such as `trial:`")])
    data = fields.get("data")
    if isinstance(data, dict) and isinstance(data.get("path"), str):
        data["path"] = _relative_to(path.absolute().parent, data["path"])
    return fields


def set_field(fields: dict[str, Any], assignment: str) -> None:
    """Put `limits.max_total_trials=50` into the fields; the value is read as YAML. SpecError."""
    path, equals, text = assignment.partition("=")
    *parents, last = path.split(".")
    if not equals or not last:
        raise SpecError([Problem("--set", f"must be FIELD=VALUE, got '{assignment}'")])
    place = fields
    for parent in parents:
        if place.get(parent) is None:
            place[parent] = {}
        place = place[parent]
        if not isinstance(place, dict):
            raise SpecError([Problem("--set", f"'{parent}' in '{path}' has no fields of its own")])
    try:
        place[last] = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, RecursionError) as error:
        raise SpecError([Problem("--set", f"'{text}' is not valid YAML")]) from error


def write_spec(spec: Spec, path: Path) -> None:
    """Write the spec as YAML that `read_spec` reads."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(to_yaml(spec.model_dump(mode="json", exclude_none=True)), encoding="utf-8")
    partial.replace(path)


def to_yaml(fields: Mapping[str, Any]) -> str:
    """The fields as YAML, in their own order."""
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # ruamel says None
    stream = StringIO()
    writer.dump(dict(fields), stream)
    return stream.getvalue()


def _relative_to(folder: Path, path: str) -> str:
    stays = "://" in path or path.startswith("~") or Path(path).is_absolute()
    return path if stays else str(folder / path)


def _check_scorer(metric: str, path: str) -> list[Problem]:
    from sweepflow.training.scoring import check_scorer

    return check_scorer(metric, path)
