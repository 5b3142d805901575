"""What a kind of trial is: all that the rest of Sweepflow asks of one, and how a spec tells kinds apart."""

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
from sweepflow.training.job import Job, Reporter, Trained
from sweepflow.trials.objective import Objective
from sweepflow.trials.parameters import Parameters

if TYPE_CHECKING:  # scikit-learn takes a second, in every worker
    from sweepflow.training.parameter_constraints import ParameterConstraints


class OtherParts(TypedDict, total=False):
    """What a kind of trial may look at in the rest of the spec; a field that is wrong is not in it."""

    data: DataSource | None
    search_space: SearchSpace
    objective: Objective
    early_termination: EarlyTermination | None
    validation: Validation
    metrics: tuple[str, ...]
    refit: bool


def _titled(schema: dict[str, Any]) -> None:
    """Name the kind in a form as it is named in a spec."""
    schema["title"] = schema["required"][0]


class TrialKind(SpecModel, ABC):
    """One way to train a trial. Its first required field is one that no other kind has, and names it.

    It is made from a spec wherever that is read, and once more in every worker; only there is it trained.
    What a kind does not say of itself is what holds for code of the user's own of which nothing is known.
    """

    model_config = ConfigDict(json_schema_extra=_titled)

    reports_own_metrics: ClassVar[bool] = True
    """Whether its metrics are of its own making; otherwise they are scikit-learn's, computed by us."""

    runs_programs: ClassVar[bool] = False
    """Whether it may start programs of the user's that import modules from the working directory."""

    paths: ClassVar[tuple[str, ...]] = ()
    """Its fields that hold paths, which in a file of a spec are relative to that file."""

    can_fit_again: ClassVar[bool] = False
    """Whether `refit` and `fit_again` give models."""

    @property
    @abstractmethod
    def label(self) -> str:
        """What it trains, for people; a warm start learns only from sweeps with the same one."""

    @property
    def root(self) -> Path | None:
        """The folder of the user's that its code comes from, for a resumed sweep; None if there is none."""
        return None

    @property
    def own_modules(self) -> tuple[str, ...]:
        """The packages of the user's whose types its models may hold, and which may run code for that."""
        return ()

    @property
    def is_classifier(self) -> bool | None:
        """Whether it needs classes to predict, or numbers; None: the column of the target decides."""
        return None

    @property
    def fixed(self) -> Mapping[str, Any]:
        """The parameters that all trials have, whatever is drawn."""
        return {}

    def hidden(self, space: SearchSpace) -> frozenset[str]:
        """The names of the search space that are drawn and recorded, and not given to it."""
        return frozenset()

    def has_changed_since(self, time: datetime) -> bool:
        """Whether its code is newer than a sweep that began then, so that it may train differently now."""
        return False

    @abstractmethod
    def check(self, names: frozenset[str], *, is_trusted: bool) -> list[Problem]:
        """What keeps it from being trained with parameters of these names.

        Unless `is_trusted`, the spec may come from a web form: nothing of it may be run that is not allowed.
        """

    def check_with(self, parts: OtherParts) -> Iterator[Problem]:
        """What in the rest of the spec it cannot do with; a rule that needs a missing field is left out.

        Unless it says otherwise, those are folds, and a refit if it cannot be fitted again.
        """
        name = _with_article(name_of(type(self)))
        if "validation" in parts and parts["validation"].folds is not None:
            rule = f"must be null for {name}, which decides itself how it validates"
            yield Problem("validation.folds", rule)
        if parts.get("refit") and not self.can_fit_again:
            yield Problem("refit", f"must be false for {name}, which decides itself what it trains on")

    def check_data(
        self,
        data: PreparedData,
        *,
        space: SearchSpace,
        metrics: Sequence[tuple[str, str]],
        n_folds: int | None,
        allows: Callable[[Parameters], bool],
    ) -> list[Problem]:
        """What it cannot do with this data; the metrics come as (path in the spec, name), primary first."""
        return []

    def rules(self) -> "ParameterConstraints | None":
        """Which values its parameters take; None if nobody knows."""
        return None

    def notices(self, parts: OtherParts) -> Iterator[str]:
        """What to know of it in a sound spec, all of whose fields are given; one sentence each.

        Unless it says otherwise, that is a goal against what the metric's name says.
        """
        from sweepflow.metrics.scorers import suspicious_goal, wrong_goal

        name, objective = name_of(type(self)), parts["objective"]
        if fault := wrong_goal(objective):
            yield f"objective.goal: the {name} may mean something else, but scikit-learn's {fault}"
        elif fault := suspicious_goal(objective):
            yield f"objective.goal: {fault}"

    def memory_notices(self, data: PreparedData, slots: int) -> list[str]:
        """What to know of the memory that the prepared rows take in each of so many workers."""
        return []

    def allow_in_deployments(self) -> None:
        """Let the deployed flows that this process serves, and their workers, run its code."""
        return

    def warm_up(self) -> None:
        """Import in a worker what every trial needs, before the first one; TrialError if that fails."""
        return

    @abstractmethod
    def train(self, job: Job, report: Reporter) -> Trained:
        """Train once, in a worker.

        `report` logs metrics at the trial's next interval, and raises TrialTerminated when it is to stop.
        Raises whatever it likes: that is the reason why the trial has failed.
        """

    def refit(self, job: Job, n_intervals: int) -> Any:
        """The job's model, fitted on training and validation rows for that many intervals."""
        raise NotImplementedError

    def fit_again(self, job: Job, n_intervals: int) -> Any:
        """The model that the job's trial had after that many intervals, for one that lost it."""
        raise NotImplementedError


class ByKind(AnyOf):
    """Makes `Annotated[A | B, ByKind()]` a union whose member is chosen by the field that it alone has.

    The first kind counts whose field the value has. The published schema is a plain `anyOf`,
    members with the fewest fields first, as of `ByType`.
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
    """Which of the kinds the value is of, as far as its fields tell: a trial, or the fields of one."""
    has = value.__contains__ if isinstance(value, dict) else lambda name: hasattr(value, name)
    own = (kind for kind in kinds if isinstance(value, kind))
    return next(own, None) or next((kind for kind in kinds if has(name_of(kind))), None)


def name_of(kind: type[TrialKind]) -> str:
    """What a kind is called: its first required field."""
    return next(name for name, field in kind.model_fields.items() if field.is_required())


def path_of(kind: type[TrialKind]) -> str:
    """Where a worker finds the class, as package.module:name."""
    return f"{kind.__module__}:{kind.__qualname__}"


def kind_at(path: str) -> type[TrialKind]:
    """The class at the path that `path_of` has given; it may lie beside the user's own trainers."""
    module, _, name = path.partition(":")
    if module.partition(".")[0] != __name__.partition(".")[0]:
        use_module_folders(module)
    return cast(type[TrialKind], getattr(import_module(module), name))


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
