"""What a kind of trial is: everything that Sweepflow needs from one, and how a spec tells kinds apart."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict, cast, get_args

from pydantic import ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from sweepflow.data.prepared import PreparedData
from sweepflow.data.source import DataSource, Validation
from sweepflow.errors import Problem
from sweepflow.fields.model import SpecModel
from sweepflow.fields.union import AnyOf
from sweepflow.importing.user_modules import use_module_folders
from sweepflow.space.search_space import SearchSpace
from sweepflow.termination import EarlyTermination
from sweepflow.training.inputs import Inputs, Outputs
from sweepflow.training.job import Job, Reporter, Trained
from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import Parameters

if TYPE_CHECKING:  # scikit-learn takes a second, in every worker
    from sweepflow.training.parameter_constraints import ParameterConstraints


class OtherParts(TypedDict, total=False):
    """The other fields of the spec that a kind of trial may read; a field that is wrong is left out."""

    data: DataSource | None
    search_space: SearchSpace
    objective: Objective
    early_termination: EarlyTermination | None
    validation: Validation
    metrics: tuple[str, ...]
    refit: bool | None
    inputs: Inputs
    outputs: Outputs


def _titled(schema: dict[str, Any]) -> None:
    """Name the kind in a form as it is named in a spec."""
    schema["title"] = schema["required"][0]


class TrialKind(SpecModel, ABC):
    """One way to train a trial; its first required field, which no other kind has, is its name.

    It is built wherever the spec is read, and once more in every worker, where it trains. The defaults here
    hold for code of the user's about which nothing is known.
    """

    model_config = ConfigDict(json_schema_extra=_titled)

    reports_own_metrics: ClassVar[bool] = True
    """Whether the trial computes its own metrics; otherwise Sweepflow computes scikit-learn's."""

    runs_programs: ClassVar[bool] = False
    """Whether it may start programs of the user's, which import modules from the working directory."""

    paths: ClassVar[tuple[str, ...]] = ()
    """Its fields that hold paths; in a spec file they are relative to that file."""

    ends_softly: ClassVar[bool] = False
    """Whether a SIGTERM makes its training end by itself within seconds; else its process is killed."""

    has_inputs: ClassVar[bool] = False
    """Whether it reads the spec's `inputs` and writes its `outputs`."""

    has_model: ClassVar[bool] = True
    """Whether a trial may return a model."""

    can_fit_again: ClassVar[bool] = False
    """Whether `refit` and `fit_again` give models."""

    has_defaults: ClassVar[bool] = False
    """Whether `defaults` gives parameters, which are then tried first and compared with the best."""

    @property
    @abstractmethod
    def label(self) -> str:
        """What it trains, for people; a warm start learns only from sweeps with the same one."""

    @property
    def root(self) -> Path | None:
        """The user's folder that its code is imported from, for a resumed sweep; None if there is none."""
        return None

    @property
    def own_modules(self) -> tuple[str, ...]:
        """The user's packages whose types its models may hold; loading such a model may run their code."""
        return ()

    @property
    def is_classifier(self) -> bool | None:
        """Whether it predicts classes; otherwise numbers. None if the target's column decides."""
        return None

    @property
    def needed_variables(self) -> frozenset[str]:
        """The variables of the flow's environment that its workers need, also on other machines."""
        return frozenset()

    @property
    def fixed(self) -> Mapping[str, Any]:
        """The parameters that every trial has, beside those that are drawn."""
        return {}

    @property
    def ceiling(self) -> str | None:
        """What ends the reports of a trial that grows, as a spec names it; None if trials do not grow."""
        return None

    def hidden(self, space: SearchSpace) -> frozenset[str]:
        """The names of the search space that are drawn and recorded, but not passed to it."""
        return frozenset()

    def defaults(self, space: SearchSpace) -> Parameters | None:
        """The parameters of the trial that leaves it its defaults, as far as the space has their names.

        They need not lie in the space. None if it has no defaults, or they are not known.
        """
        return None

    def has_changed_since(self, time: datetime) -> bool:
        """Whether its code has changed since that time, so that it may train differently now."""
        return False

    @abstractmethod
    def check(self, names: frozenset[str], *, is_trusted: bool) -> list[Problem]:
        """The problems that keep it from training with parameters of these names.

        Unless `is_trusted`, the spec may come from a web form: then run no code that is not allowed.
        """

    def check_with(self, parts: OtherParts) -> Iterator[Problem]:
        """The problems with the rest of the spec; a rule that needs a missing field is skipped.

        By default these are folds, and a refit if it cannot be fitted again.
        """
        noun = name_of(type(self))
        name = f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
        if "validation" in parts and parts["validation"].folds is not None:
            rule = f"must be null for {name}, which decides itself how it validates"
            yield Problem("validation.folds", rule)
        if parts.get("refit") and not self.can_fit_again:
            yield Problem("refit", f"must be false for {name}, which decides itself what it trains on")

    def check_untrusted(self, parts: OtherParts) -> Iterator[Problem]:
        """The problems of a spec that may come from a web form, beyond those of `check`; by default none.

        These are about files of this machine that other fields name.
        """
        return iter(())

    def prepare(self, data: PreparedData) -> None:
        """Write into the folder of the data what its trials read beside the prepared parts.

        It is called once, before the first trial, and in any folder at most once.
        """
        return

    def check_data(
        self,
        data: PreparedData,
        *,
        space: SearchSpace,
        metrics: Sequence[tuple[str, str]],
        validation: Validation,
        allows: Callable[[Parameters], bool],
    ) -> list[Problem]:
        """The problems with this data; `metrics` are (path in the spec, name), the primary one first."""
        return []

    def rules(self) -> "ParameterConstraints | None":
        """The rules for the values of its parameters; None if they are not known."""
        return None

    def notices(self, parts: OtherParts) -> Iterator[str]:
        """What the user should know about it in a valid spec, which has every field; one sentence each.

        By default this is a goal that contradicts the metric's name.
        """
        from sweepflow.metrics.scorers import suspicious_goal, wrong_goal

        name, objective = name_of(type(self)), parts["objective"]
        if fault := wrong_goal(objective):
            yield f"objective.goal: the {name} may mean something else, but scikit-learn's {fault}"
        elif fault := suspicious_goal(objective):
            yield f"objective.goal: {fault}"

    def thread_notices(self, slots: int, cores: int) -> list[str]:
        """Notices about more threads than cores, with so many trials at once."""
        return []

    def facts(self, parameters: Parameters, data: PreparedData) -> dict[str, str]:
        """What a model card tells of how a trial with these parameters gets this data, by name."""
        return {}

    def memory_notices(self, data: PreparedData, slots: int) -> list[str]:
        """Notices about the memory that the prepared rows take in each of so many workers."""
        return []

    def allow_in_deployments(self, parts: OtherParts) -> None:
        """Let the deployed flows that this process serves, and their workers, run its code.

        `parts` are the other fields of the spec that is served.
        """
        return

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """The environment variables of this process that its workers get, by default all."""
        return dict(variables)

    def warm_up(self) -> None:
        """Import in a worker what every trial needs, before the first one; TrialError if that fails."""
        return

    def preview(self, job: Job) -> str | None:
        """The command that a trial with this job would run, for people; None if it runs none."""
        return None

    @abstractmethod
    def train(self, job: Job, report: Reporter) -> Trained:
        """Train once, in a worker.

        `report` logs metrics at the trial's next interval, and raises TrialTerminated when it is to stop.
        Any exception that this raises is the reason why the trial has failed.
        """

    def clean_up(self, folder: Path) -> None:
        """Remove from a trial's folder what it needs only while it trains; OSError if that fails.

        It is called where the sweep runs, after each attempt, however that has ended.
        """
        return

    def refit(self, job: Job, n_intervals: int) -> Any:
        """The job's model, fitted on training and validation rows for that many intervals."""
        raise NotImplementedError

    def fit_again(self, job: Job, n_intervals: int) -> Any:
        """The model that the job's trial had after that many intervals, for one that lost it."""
        raise NotImplementedError


class ByKind(AnyOf):
    """Makes `Annotated[A | B, ByKind()]` a union whose member is chosen by the field that it alone has.

    Of several kinds whose field the value has, the first one counts. The published schema is a plain
    `anyOf`, members with the fewest fields first, as with `ByType`.
    """

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        kinds = get_args(source) or (source,)

        def tag(value: Any) -> str | None:
            kind = kind_of(kinds, value)
            # Angle brackets, which no field can contain, tell it from a part of the user's path.
            return f"<{name_of(kind)}>" if kind else None

        return core_schema.tagged_union_schema(
            {
                f"<{name_of(kind)}>": handler.generate_schema(kind)
                for kind in sorted(kinds, key=lambda kind: len(kind.model_fields))
            },
            discriminator=tag,
            custom_error_type="trial_kind",
            custom_error_message=f"must have one of: {', '.join(map(name_of, kinds))}",
        )


def kind_of(kinds: Sequence[type[TrialKind]], value: object) -> type[TrialKind] | None:
    """The kind of the value, which is a trial or the fields of one; None if it is of none of these kinds."""
    has = value.__contains__ if isinstance(value, dict) else lambda name: hasattr(value, name)
    own = (kind for kind in kinds if isinstance(value, kind))
    return next(own, None) or next((kind for kind in kinds if has(name_of(kind))), None)


def name_of(kind: type[TrialKind]) -> str:
    """The name of a kind: its first required field."""
    return next(name for name, field in kind.model_fields.items() if field.is_required())


def path_of(kind: type[TrialKind]) -> str:
    """Where a worker finds the class, as package.module:name."""
    return f"{kind.__module__}:{kind.__qualname__}"


def kind_at(path: str) -> type[TrialKind]:
    """The class at a path of `path_of`; its module may lie beside the user's own trainers."""
    module, _, name = path.partition(":")
    if module.partition(".")[0] != __name__.partition(".")[0]:
        use_module_folders(module)
    return cast(type[TrialKind], getattr(import_module(module), name))
