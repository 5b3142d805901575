"""What is checked and prepared before the first trial.

What reads tables and knows scikit-learn is imported in a child process of the sweep, where it can have one.
Elsewhere it is imported when it is needed: a sweep of functions mostly has no table.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

from pydantic import ValidationError

from sweepflow import workers
from sweepflow.base.freed_memory import give_back_freed_memory
from sweepflow.data.prepared import PreparedData
from sweepflow.data.source import DataSource
from sweepflow.errors import DataError, Problem, SpecError
from sweepflow.metrics.own import is_own
from sweepflow.running.ahead import NEEDED_BY_CHILDREN
from sweepflow.running.warm_start import WarmStart
from sweepflow.spec.spec import Spec
from sweepflow.sweep_job import Translation
from sweepflow.training.big_tables import is_mapped_alone
from sweepflow.workers import Children, children_of, in_child


class Prepared(NamedTuple):
    """A checked spec, for a machine with so many cores, and what has been prepared of its sweep so far."""

    spec: Spec
    cores: int
    data: PreparedData | None = None
    notices: tuple[str, ...] = ()
    """What people should know about the spec and its data, once that is prepared."""
    job_notices: tuple[str, ...] = ()
    """What people should know about the sweep job that the spec was translated from, if it was."""
    earlier: WarmStart | None = None
    """The trials of the sweeps that the spec is warm-started from; None where they are still to be read."""
    is_complete: bool = False
    """Whether data and notices are there; a sweep may have neither."""

    @property
    def slots(self) -> int:
        """How many trials run at once."""
        return self.spec.slots(self.cores)

    def settled(self, seed: int) -> Self:
        """The same with everything filled in that the spec leaves open and its trials depend on."""
        return self._replace(spec=self.spec.settled(seed, self.cores).with_known_baseline())


@contextmanager
def sweep_children(asked: Spec | Mapping[str, Any], cores: int) -> Iterator[Children | None]:
    """The processes of the sweep that is asked for by a spec or its fields, which are started at once.

    None where none can be forked, or the fields are wrong, which `checked_job` tells.
    """
    spec = asked if isinstance(asked, Spec) else _parsed(asked)
    if spec is None:
        yield None
        return
    threads = spec.compute.threads(spec.slots(cores), cores)
    with children_of(spec.trial, threads, NEEDED_BY_CHILDREN) as children:
        yield children


def _parsed(fields: Mapping[str, Any]) -> Spec | None:
    try:
        return Spec.parse(fields)
    except SpecError:
        return None


def checked_job(job: Translation, cores: int, *, is_trusted: bool) -> Prepared:
    """The spec that the job asks for; SpecError with all that is wrong, with the paths of the job."""
    with job.in_the_users_words():
        spec = checked_spec(job.fields, is_trusted=is_trusted)
    return Prepared(spec, cores, job_notices=job.notices)


def checked_spec(fields: Mapping[str, Any], *, is_trusted: bool) -> Spec:
    """The spec with these fields; SpecError with all that is wrong, also with the columns that it names."""
    # A child would have to import what this process has already; and of the user's own metrics, the sweep has
    # to know the folder that they are imported from.
    if "sklearn" in sys.modules or _has_own_metrics(fields):
        return _checked_spec(fields, is_trusted=is_trusted)
    return in_child(_checked_spec, fields, is_trusted=is_trusted)


def _has_own_metrics(fields: Mapping[str, Any]) -> bool:
    spec = _parsed(fields)
    return spec is None or any(map(is_own, spec.computed_metrics))


def _checked_spec(fields: Mapping[str, Any], *, is_trusted: bool) -> Spec:
    try:
        return Spec.checked(fields, is_trusted=is_trusted)
    except SpecError as error:
        raise SpecError([*error.problems, *_check_columns(fields.get("data"))]) from error


def _check_columns(data: object) -> list[Problem]:
    """The problem with the columns that the data names; none if its own fields are wrong."""
    if data is None:
        return []
    from sweepflow.data.prepare import check_columns

    try:
        check_columns(DataSource.model_validate(data))
    except ValidationError:
        return []
    except DataError as error:
        return [Problem(error.path, error.message)]
    return []


def prepare_data(spec: Spec, home: Path) -> PreparedData | None:
    """The spec's data, split and written; None if it has none.

    Raises DataError if the data cannot be used, and SpecError if a metric cannot score its target.
    """
    return None if spec.data is None else in_child(_prepare_data, spec, spec.data, home)


def _prepare_data(spec: Spec, source: DataSource, home: Path) -> PreparedData:
    from sweepflow.data.prepare import prepare
    from sweepflow.leaks import leaks_of

    data = prepare(source, spec.validation, home / "data", is_classifier=spec.trial.is_classifier)
    problems = spec.trial.check_data(
        data,
        space=spec.search_space,
        metrics=spec.scorers(),
        validation=spec.validation,
        allows=spec.allows,
    )
    if problems:
        raise SpecError(problems)
    spec.trial.prepare(data)
    leaks_of(data)  # once for all sweeps on this data: a sweep's own folder links to what is found
    return data


def prepare_sweep(prepared: Prepared, home: Path) -> Prepared:
    """The same with its data and notices, unless they are there already.

    Raises what `prepare_data` raises.
    """
    return prepared if prepared.is_complete else in_child(_prepare_sweep, prepared, home)


def spare_tables(prepared: Prepared) -> None:
    """Let the workers of a prepared sweep, which come next, share no more imports than its trials need."""
    if prepared.data and is_mapped_alone(prepared.data, prepared.spec.validation.folds):
        workers.spare_tables()


def _prepare_sweep(prepared: Prepared, home: Path) -> Prepared:
    spec, data = prepared.spec, prepared.data or prepare_data(prepared.spec, home)
    notices = [*prepared.job_notices, *spec.notices(prepared.cores)]
    if data is not None:
        from sweepflow.leaks import leaks_of

        notices += [*data.notices, *leaks_of(data), *spec.trial.memory_notices(data, prepared.slots)]
        give_back_freed_memory()
    return prepared._replace(data=data, notices=tuple(notices), is_complete=True)
