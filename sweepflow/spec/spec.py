"""The spec: everything that a user asks for, in one vocabulary for file, flow, form and ledger."""

from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self, cast, get_type_hints

from numpy import ndarray
from pydantic import Field, TypeAdapter, ValidationError, field_validator, model_validator

from sweepflow.base.settings import allow_function_module
from sweepflow.data.prepared import PreparedData
from sweepflow.data.source import DataSource, Validation
from sweepflow.errors import SpecError
from sweepflow.fields.bounds import as_recorded, bound_problems, plain_number
from sweepflow.fields.model import SpecModel
from sweepflow.fields.nearest import nearest
from sweepflow.importing.user_modules import imported_folder
from sweepflow.metrics.own import is_own, module_of
from sweepflow.metrics.scorers import is_scorer, metrics_by_path
from sweepflow.sampling import RandomSampling, SamplingAlgorithm
from sweepflow.space.baseline import DEFAULTS, NONE, Baseline, as_drawn
from sweepflow.space.constraints import Condition
from sweepflow.space.expressions import in_base
from sweepflow.space.search_space import SearchSpace
from sweepflow.spec.checks import check
from sweepflow.spec.defaults import why_not_tried
from sweepflow.spec.limits import Limits
from sweepflow.spec.notices import notices
from sweepflow.spec.on_unchanged_data import AlwaysRun, OnUnchangedData
from sweepflow.spec.parts import Parts
from sweepflow.spec.select import BEST, NOT_WORSE, Select
from sweepflow.spec.stop_when import StopWhen
from sweepflow.termination import EarlyTermination
from sweepflow.training import AnyTrialKind
from sweepflow.training.inputs import Inputs, Outputs, texts_of
from sweepflow.training.job import OUTPUTS, Job
from sweepflow.trials.objective import MeanObjective, Objective
from sweepflow.trials.parameters import Parameters
from sweepflow.workers import Compute, LocalCompute, Pool


class Spec(SpecModel):
    """One sweep, as asked for."""

    data: DataSource | None = Field(default=None, description="The table to train on.")
    trial: AnyTrialKind = Field(description="What each trial trains.")
    search_space: SearchSpace = Field(description="What each parameter is drawn from.")
    objective: Objective = Field(description="The metric to optimise, and which way is up.")
    sampling_algorithm: SamplingAlgorithm = Field(
        default=RandomSampling(), description="How the next parameters are chosen."
    )
    early_termination: EarlyTermination | None = Field(
        default=None, description="Which trials are stopped early; empty: none."
    )
    limits: Limits = Field(description="How much the sweep may use.")
    validation: Validation = Field(default=Validation(), description="How the rows are split.")
    metrics: tuple[str, ...] = Field(
        default=(),
        description="Further metrics, at the end of each trial; of your own as package.module:name.",
    )
    constraints: tuple[Condition, ...] = Field(
        default=(), description="Conditions between parameters: max_depth * n_estimators <= 2000."
    )
    require: tuple[Condition, ...] = Field(
        default=(),
        description="Conditions on metrics and costs, without which a trial is not ranked: predict_ms <= 2.",
    )
    stop_when: StopWhen | None = Field(
        default=None, description="When the sweep has found enough; empty: it goes on to its limits."
    )
    warm_start: tuple[str, ...] = Field(
        default=(), description="Earlier sweeps to learn from: their IDs, or latest."
    )
    baseline: Baseline | None = Field(
        default=None,
        description="What to try first and to compare the best with: a configuration, defaults, or none; "
        "empty: the defaults of an estimator.",
    )
    on_unchanged_data: OnUnchangedData = Field(
        default=AlwaysRun(), description="Whether a recurring sweep runs when it would find nothing new."
    )
    refit: bool | None = Field(
        default=None,
        description="Fit the best parameters again, on training and validation rows, before the test; "
        "empty: true for an estimator.",
    )
    select: Select | None = Field(
        default=None,
        description="Which trial's model is handed over: that of the best value, of the quickest to train "
        "within one standard error of it, or of the best unless the baseline is as good; empty: the last one "
        "for an estimator with a baseline, else best.",
    )
    inputs: Inputs = Field(
        default={}, description="What a command reads: values, or {type: uri_file, path: ...}."
    )
    outputs: Outputs = Field(
        default={}, description="What a command writes, a folder or a file of each trial's own."
    )
    compute: Compute = Field(default=LocalCompute(), description="Where the trials train.")
    name: str | None = Field(default=None, description="A short name, to find the sweep again.")
    display_name: str | None = Field(default=None, description="What people are shown.")
    description: str | None = Field(default=None, description="What the sweep is for.")
    experiment_name: str | None = Field(default=None, description="The experiment it belongs to.")
    tags: dict[str, str] = Field(default={}, description="Labels of your own.")
    type: Literal["sweep"] = Field(default="sweep", description="Always sweep; may be left out.")

    @field_validator("warm_start", mode="before")
    @classmethod
    def _list_of_one(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("baseline", mode="before")
    @classmethod
    def _as_python(cls, value: Any) -> Any:
        if isinstance(value, str):
            return value.lower()
        # A whole number of NumPy's would become a float.
        return {name: _plain(given) for name, given in value.items()} if isinstance(value, Mapping) else value

    @model_validator(mode="after")
    def _give_the_space_its_base(self) -> Self:
        # Only here, so that nobody who draws from the space or looks up a value in it needs the base.
        self.__dict__["search_space"] = in_base(self.search_space, self.sampling_algorithm.base)
        return self

    @classmethod
    def parse(cls, fields: Mapping[str, Any]) -> Self:
        """The spec with these fields; SpecError with all that is wrong with them."""
        if problems := bound_problems(fields):
            raise SpecError(problems)
        return super().parse(fields)

    @classmethod
    def checked(cls, fields: Mapping[str, Any], *, is_trusted: bool) -> Self:
        """The spec with these fields; SpecError with all that is wrong with each field and between them."""
        if problems := bound_problems(fields):
            raise SpecError(problems)
        try:
            spec = super().parse(fields)
        except SpecError as error:
            between_fields = check(_valid_parts(fields), is_trusted=is_trusted)
            raise SpecError([*error.problems, *between_fields]) from error
        spec.check(is_trusted=is_trusted)
        return spec

    def settled(self, seed: int, cores: int) -> Self:
        """The spec with everything filled in that it leaves open and its trials depend on, such as a seed."""
        sampling = self.sampling_algorithm.settled(seed, self.slots(cores))
        refit = self.trial.can_fit_again if self.refit is None else self.refit
        baseline = self.baseline or (NONE if why_not_tried(self._parts) else DEFAULTS)
        has_rival = self.trial.can_fit_again and baseline != NONE
        select = self.select or (NOT_WORSE if has_rival else BEST)
        update = {"sampling_algorithm": sampling, "refit": refit, "baseline": baseline, "select": select}
        return self.model_copy(update=update)

    def slots(self, cores: int) -> int:
        """How many trials run at once on a machine with so many cores."""
        return self.limits.slots(self.compute.slots(cores), self.compute.most_slots())

    def pool(self, slots: int, cores: int, log: Path) -> Pool:
        """The workers that its trials train in; what they print outside of trials goes to `log`."""
        return self.compute.pool(self.trial, slots, cores, log, self.limits.trial_memory)

    def parameters_for_trial(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The drawn parameters that the trial gets; an estimator does not get the name of the branch."""
        hidden = self.trial.hidden(self.search_space)
        return {name: value for name, value in parameters.items() if name not in hidden}

    def check(self, *, is_trusted: bool) -> None:
        """Raise SpecError with every problem that can be found before the data is read.

        `is_trusted` says that the spec comes from the user's own shell or code, not from a web form.
        """
        problems = list(check(self._parts, is_trusted=is_trusted))
        if problems:
            raise SpecError(problems)

    def allow_in_deployments(self) -> None:
        """Let the deployed flows that this process serves, and their workers, run the code of this spec."""
        self.trial.allow_in_deployments(self._parts)
        self.compute.allow_in_deployments()
        for metric in filter(is_own, self.computed_metrics):
            allow_function_module(module_of(metric))

    def notices(self, cores: int) -> list[str]:
        """What the user should know about this valid spec, on a machine with so many cores."""
        return notices(self._parts, cores)

    @property
    def _parts(self) -> Parts:
        return cast(Parts, {name: getattr(self, name) for name in Parts.__annotations__})

    def allows(self, parameters: Parameters) -> bool:
        """Whether the parameters satisfy all constraints; ConstraintError if one cannot be decided."""
        return all(constraint.holds(parameters) for constraint in self.constraints)

    @cached_property
    def baseline_parameters(self) -> Parameters | None:
        """The baseline as a trial gets it; None if there is none, or it is left open."""
        if self.baseline == DEFAULTS:
            return self.trial.defaults(self.search_space)
        if self.baseline is None or isinstance(self.baseline, str):
            return None
        return as_drawn(self.search_space, self.baseline)

    def with_known_baseline(self) -> Self:
        """The same, which knows its baseline already: an estimator's defaults take its import."""
        _ = self.baseline_parameters
        return self

    @property
    def knows_baseline(self) -> bool:
        """Whether its baseline can be asked for without an import."""
        return "baseline_parameters" in self.__dict__

    @property
    def has_defaults_first(self) -> bool:
        """Whether trial 0 has the estimator's defaults."""
        return self.baseline == DEFAULTS

    @property
    def never_stopped(self) -> frozenset[int]:
        """The trials that no policy stops: the defaults, which the best is compared with as a whole."""
        return frozenset({0} if self.has_defaults_first else ())

    @property
    def trial_objective(self) -> Objective:
        """The objective by which the trials' reports are read; with folds, each report is a mean so far."""
        folds = self.validation.folds
        return self.objective if folds is None else MeanObjective(**self.objective.model_dump(), folds=folds)

    def job(
        self,
        parameters: Parameters,
        data: PreparedData | None,
        folder: Path | None = None,
        number: int = 0,
    ) -> Job:
        """The work of a trial with these drawn parameters; `folder` and `number` are the trial's own."""
        outputs = {} if folder is None else {name: str(folder / OUTPUTS / name) for name in self.outputs}
        files = tuple(name for name, output in self.outputs.items() if output.type == "uri_file")
        return Job(
            parameters=self.parameters_for_trial(parameters),
            data=data,
            objective=self.objective,
            metrics=self.metrics,
            folds=self.validation.folds,
            seed=self.validation.seed,
            gap=self.validation.gap,
            folder=folder,
            number=number,
            inputs=texts_of(self.inputs, data),
            outputs=outputs,
            file_outputs=files,
        )

    @property
    def code_root(self) -> str | None:
        """The folder of the user's own trainer or estimator, else metric; None if there is none."""
        metrics = map(module_of, filter(is_own, self.computed_metrics))
        root = self.trial.root or next(filter(None, map(imported_folder, metrics)), None)
        return str(root) if root else None

    @property
    def computed_metrics(self) -> list[str]:
        """The metrics that Sweepflow computes itself: not those that a trial alone can report."""
        names = [name for _, name in self.scorers() if is_scorer(name)]
        return [name for name in names if not (self.trial.reports_own_metrics and is_own(name))]

    def scorers(self) -> list[tuple[str, str]]:
        """The metrics as (path in the spec, name), the primary one first."""
        return metrics_by_path(self.objective, self.metrics)


def _plain(given: Any) -> Any:
    return as_recorded(given) if isinstance(given, Mapping | list | tuple | ndarray) else plain_number(given)


def _valid_parts(fields: Mapping[str, Any]) -> Parts:
    """The fields that are valid on their own; defaults included, but for those whose names are misspelt."""
    hints = get_type_hints(Spec, include_extras=True)
    misspelt = {nearest(str(name), Spec.model_fields) for name in fields if name not in Spec.model_fields}
    parts = {}
    for name in Parts.__annotations__:
        field = Spec.model_fields[name]
        with suppress(ValidationError):
            if name in fields:
                parts[name] = TypeAdapter(hints[name]).validate_python(fields[name])
            elif not field.is_required() and name not in misspelt:
                parts[name] = field.default
    if {"search_space", "sampling_algorithm"} <= parts.keys():
        parts["search_space"] = in_base(parts["search_space"], parts["sampling_algorithm"].base)
    return cast(Parts, parts)
