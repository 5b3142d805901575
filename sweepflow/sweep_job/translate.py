"""A sweep job of Azure ML, in any of its versions, as the fields of a spec."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, get_args

from pydantic import TypeAdapter, ValidationError

from sweepflow.errors import Problem, SpecError
from sweepflow.fields.bounds import bound_problems
from sweepflow.sweep_job.drawn_steps import with_drawn_steps
from sweepflow.sweep_job.findings import Findings
from sweepflow.sweep_job.inputs import merged, translate_inputs, translate_outputs, with_declared
from sweepflow.sweep_job.limits import translate_limits, with_documented_limit
from sweepflow.sweep_job.names import JOB_WITHOUT_EFFECT, check_spelling, with_names_of_today
from sweepflow.sweep_job.policy import translate_policy
from sweepflow.sweep_job.refusals import refuse_other_jobs
from sweepflow.sweep_job.space import Renamed, translate_space, with_new_names
from sweepflow.sweep_job.trial import TrialParts, translate_trial
from sweepflow.workers import Compute

_FIELDS_OF_COMPUTES = {name for member in get_args(get_args(Compute)[0]) for name in member.model_fields}


class Translation(NamedTuple):
    """The fields of a spec, and what the job has besides."""

    fields: dict[str, Any]
    dropped: Mapping[str, Any] = {}
    """What has no effect here, by its path in the job."""
    sentences: tuple[str, ...] = ()
    """What the user should know of the rest."""
    places: Mapping[str, str] = {}
    """Where fields of the spec stand in the job, if they have another path there."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know, one sentence each."""
        if not self.dropped:
            return self.sentences
        return (f"no effect here, outside of Azure ML: {', '.join(self.dropped)}", *self.sentences)

    @contextmanager
    def in_the_users_words(self) -> Iterator[None]:
        """Make a SpecError about the fields in this block name their paths in the job."""
        try:
            yield
        except SpecError as error:
            if not self.places:
                raise
            raise SpecError([Problem(self._place(path), why) for path, why in error.problems]) from error

    def _place(self, path: str) -> str:
        for ours, theirs in self.places.items():
            if path == ours or path.startswith(f"{ours}."):
                return theirs + path.removeprefix(ours)
        return path


def translate(fields: Mapping[str, Any], folder: Path, roots: Sequence[Path] | None = None) -> Translation:
    """The job with these fields as those of a spec; the fields of a spec stay as they are.

    Paths in a component, which `trial` may name, become relative to the folder, as those in the job are. It
    must lie in one of the `roots`, unless these are None.
    SpecError if it is another kind of job, or if a part of it cannot be told. What is wrong with a field
    whatever its form is left to the spec.
    """
    refuse_other_jobs(fields)
    if not _is_job(fields):
        ours, places = with_drawn_steps(fields)
        return Translation(ours, places=places)
    if problems := bound_problems(fields):
        raise SpecError(problems)
    findings = Findings()
    job = with_names_of_today(fields, findings)
    check_spelling(job, JOB_WITHOUT_EFFECT, "", findings)
    job = findings.drop(job, JOB_WITHOUT_EFFECT)
    parts = translate_trial(job.get("trial"), folder, findings, roots)
    job["trial"] = parts.trial
    _translate_space(job, findings)
    _translate_data(job, parts, findings)
    _translate_rules(job, parts, findings)
    _translate_compute(job, findings)
    if isinstance(job.get("tags"), Mapping):
        job["tags"] = {name: "" if value is None else _text(value) for name, value in job["tags"].items()}
    if findings.dropped:
        job["limits"] = with_documented_limit(job.get("limits"), findings)
    if findings.problems:
        raise SpecError(findings.problems)
    return Translation(job, findings.dropped, tuple(findings.sentences), findings.places)


def _is_job(fields: Mapping[str, Any]) -> bool:
    """Whether these are the fields of a sweep job, or of a spec whose trial is a command as in one."""
    trial = fields.get("trial")
    if isinstance(trial, Mapping):
        return "command" in trial or "$schema" in fields
    return isinstance(trial, str) or "$schema" in fields or ("trial" not in fields and "command" in fields)


def _translate_space(job: dict[str, Any], findings: Findings) -> None:
    if "search_space" not in job:
        return
    job["search_space"], renamed = translate_space(job["search_space"], findings)
    if isinstance(job["trial"], Mapping):
        job["trial"] = _with_new_names(job["trial"], renamed)


def _with_new_names(trial: Mapping[str, Any], renamed: Renamed) -> dict[str, Any]:
    fields = dict(trial)
    if "command" in fields:
        fields["command"] = with_new_names(fields["command"], renamed)
    variables = fields.get("environment_variables")
    if isinstance(variables, Mapping):
        fields["environment_variables"] = {
            name: "" if value is None else with_new_names(value, renamed) for name, value in variables.items()
        }
    return fields


def _translate_data(job: dict[str, Any], parts: TrialParts, findings: Findings) -> None:
    space, given = job.get("search_space"), job.get("inputs")
    if isinstance(given, Mapping | None):
        own = {**parts.inputs, **(given or {})}
        findings.places |= {
            f"inputs.{name}": f"trial.inputs.{name}" for name in parts.inputs.keys() - (given or {})
        }
        drawn = space if isinstance(space, Mapping) else {}
        inputs = with_declared(parts.declared, translate_inputs(own, findings), drawn, findings)
        if inputs or "inputs" in job:
            job["inputs"] = inputs
    outputs = job.get("outputs")
    if isinstance(outputs, Mapping | None) and (parts.outputs or "outputs" in job):
        job["outputs"] = translate_outputs(merged(parts.outputs, outputs or {}), findings)


def _translate_rules(job: dict[str, Any], parts: TrialParts, findings: Findings) -> None:
    if "limits" in job:
        job["limits"] = translate_limits(job["limits"], findings)
    limits = job.get("limits")
    if parts.timeout is not None and isinstance(limits, Mapping | None):
        job["limits"] = {"trial_timeout": parts.timeout, **(limits or {})}
    if "early_termination" in job:
        job["early_termination"] = translate_policy(job["early_termination"])


def _translate_compute(job: dict[str, Any], findings: Findings) -> None:
    """Drop a compute that is none of ours; a mapping with a type, or a field of ours, is meant to be one."""
    compute = job.get("compute")
    is_foreign = isinstance(compute, Mapping) and not compute.keys() & _FIELDS_OF_COMPUTES
    if (isinstance(compute, str) or is_foreign) and not _is_ours(compute):
        findings.dropped["compute"] = job.pop("compute")
    elif "compute" in job and compute is None:
        del job["compute"]


def _is_ours(compute: Any) -> bool:
    try:
        TypeAdapter(Compute).validate_python(compute)
    except ValidationError:
        return False
    return True


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float | date) else value
