"""What is no sweep job, though it looks like one: other kinds of job, with what to do instead."""

from collections.abc import Mapping
from typing import Any

from sweepflow.errors import Problem, SpecError


def refuse_other_jobs(fields: Mapping[str, Any]) -> None:
    """SpecError if these are the fields of a pipeline, an AutoML job or a command job."""
    kind = fields.get("type")
    kind = kind.lower() if isinstance(kind, str) else ""
    if kind == "pipeline" or ("jobs" in fields and "trial" not in fields):
        _refuse(fields, _pipeline(fields.get("jobs")))
    if kind == "automl" or {"task", "training_data"} <= fields.keys():
        _refuse(
            fields,
            "an AutoML job is not supported: name what to tune, as `trial: {estimator: sklearn.svm.SVC}` "
            "with `data` (sweepflow init TABLE --target COLUMN writes such a spec), or a script by `command`",
        )
    if kind.startswith("command") or ("command" in fields and not {"trial", "search_space"} & fields.keys()):
        _refuse(
            fields,
            "a command job has nothing to tune: write `type: sweep`, put command and code under `trial`, "
            "and add `search_space`, `objective` and `limits`",
        )


def _pipeline(jobs: object) -> str:
    steps = jobs if isinstance(jobs, Mapping) else {}
    sweeps = [
        name for name, step in steps.items() if isinstance(step, Mapping) and step.get("type") == "sweep"
    ]
    which = f"its step '{sweeps[0]}'" if sweeps else "the step to tune"
    return f"a pipeline is not supported: write {which} into a file of its own, as a job of `type: sweep`"


def _refuse(fields: Mapping[str, Any], message: str) -> None:
    raise SpecError([Problem("type" if "type" in fields else "", message)])
