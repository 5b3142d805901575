"""A trial that is a command, such as a training script."""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field, field_validator

from sweepflow.base.credentials import secret_variables
from sweepflow.base.printable import brief
from sweepflow.base.settings import trial_environment
from sweepflow.base.warden import adopt_orphans
from sweepflow.data.prepared import PreparedData
from sweepflow.errors import Problem
from sweepflow.fields.model import SpecModel, none_as_empty
from sweepflow.training.command import permission, variables
from sweepflow.training.command.checks import (
    COMMAND,
    code_problems,
    input_problems,
    syntax_problems,
    template_problems,
)
from sweepflow.training.command.logging import mlflow_runs
from sweepflow.training.command.notices import (
    misnamed_script,
    missing_code,
    surprising_values,
    unused_parameters,
)
from sweepflow.training.command.running.code import has_newer_file
from sweepflow.training.command.running.script import Script, clean_up, run
from sweepflow.training.command.shell.quoting import line, readable_line
from sweepflow.training.command.shell.template import Reference, fill, split
from sweepflow.training.command.stand_in import imports_sdk, installed_sdk, stand_in_variables
from sweepflow.training.command.variables import VARIABLES
from sweepflow.training.inputs import PARTS, ROLES, LocalPath
from sweepflow.training.job import Job, Reporter, Trained
from sweepflow.training.kind import OtherParts, TrialKind
from sweepflow.trials.parameters import word_of

_HOW_TO_LOG = (
    "what it prints is not logged: log by log_metric of sweepflow, by MLflow, or to the file that "
    "SWEEPFLOW_METRICS names"
)


class Code(SpecModel, title="Code"):
    """The folder of a command's code."""

    model_config = ConfigDict(serialize_by_alias=True)

    path: LocalPath = Field(description="The folder.")
    is_copied: bool = Field(
        default=True,
        alias="copy",
        description="Whether each trial runs in a copy of its own; otherwise in the folder itself, for "
        "huge folders that no trial writes to.",
    )


def _as_code(value: Any) -> Any:
    if isinstance(value, str):
        return {"path": value}
    if value is None or isinstance(value, Mapping | Code):
        return value
    raise ValueError(f"must be the path of a folder, or a mapping with it as `path`, got {brief(value)}")


def _or_text(schema: dict[str, Any]) -> None:
    """Let a form take the path alone, as a spec does."""
    schema["anyOf"] = [{"type": "string"}, *schema["anyOf"]]


def _as_text(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, int | float) else value


class CommandTrial(TrialKind):
    """Train by running a command in the shell, which logs its metrics while it runs."""

    runs_programs: ClassVar[bool] = True
    has_inputs: ClassVar[bool] = True
    has_model: ClassVar[bool] = False
    ends_softly: ClassVar[bool] = True
    paths: ClassVar[tuple[str, ...]] = ("code",)

    command: str = Field(
        max_length=100_000,
        description="What to run, such as: python train.py --lr ${{search_space.lr}}",
    )
    code: Annotated[Code | None, BeforeValidator(_as_code)] = Field(
        default=None,
        title="Code",
        description="The folder that it runs in, a copy for each trial; empty: an empty folder.",
        json_schema_extra=_or_text,
    )
    environment_variables: Annotated[
        dict[str, Annotated[str, BeforeValidator(_as_text)]], BeforeValidator(none_as_empty)
    ] = Field(default={}, description="Environment variables that it gets beside its usual ones.")
    azureml: Literal["v1"] | None = Field(
        default=None,
        description="v1: a script for the Azure ML SDK v1, also where that is installed, "
        "and with the names that NumPy has removed since.",
    )

    @field_validator("command", mode="before")
    @classmethod
    def _is_no_list(cls, command: Any) -> Any:
        if isinstance(command, list):
            raise ValueError(f"must be one text, not a list: write {brief(' '.join(map(str, command)))}")
        return command

    @field_validator("command")
    @classmethod
    def _says_something(cls, command: str) -> str:
        if not command.strip():
            raise ValueError("must not be empty: write what to run")
        return command

    @property
    def label(self) -> str:
        """The command in one line."""
        return " ".join(self.command.split())

    @property
    def needed_variables(self) -> frozenset[str]:
        """Those that its own environment variables take their values from."""
        return self._taken

    def has_changed_since(self, time: datetime) -> bool:
        """Whether a file of its code has changed since."""
        return self.code is not None and has_newer_file(Path(self.code.path), time.timestamp())

    def check(self, names: frozenset[str], *, is_trusted: bool) -> list[Problem]:  # noqa: ARG002
        """A command that a form may not name, a folder and environment variables that are not there."""
        if not is_trusted:
            refused = permission.command_problem(self, self._folder, self._taken)
            if refused is not None:
                return [refused]
        problems = list(variables.problems(self.environment_variables, os.environ))
        return problems if self.code is None else [*problems, *code_problems(self.code.path)]

    def check_untrusted(self, parts: OtherParts) -> Iterator[Problem]:
        """The files and values that a form may not give to the command."""
        if {"search_space", "inputs"} <= parts.keys():
            yield from permission.other_problems(self, self._folder, parts)

    def allow_in_deployments(self, parts: OtherParts) -> None:
        """Let deployed flows run this command with these files and values."""
        permission.allow(self, parts)

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """The variables but for those that look like secrets, and that the spec does not name."""
        withheld = self._withheld(variables)
        return {name: value for name, value in variables.items() if name not in withheld}

    def notices(self, parts: OtherParts) -> Iterator[str]:
        """Those of every kind, and on unused parameters, other stores of MLflow, and secrets."""
        yield from super().notices(parts)
        code = None if self.code is None else Path(self.code.path)
        yield from missing_code(self.command) if code is None else misnamed_script(self.command, code)
        yield from unused_parameters(self._texts, parts)
        yield from surprising_values(self.command, parts)
        yield from installed_sdk(self.command, code) if self.azureml is None else ()
        yield from mlflow_runs.notices(self.command, code, self.environment_variables)
        yield from variables.notices(self.environment_variables, self._withheld(trial_environment()))

    def check_with(self, parts: OtherParts) -> Iterator[Problem]:
        """What every kind refuses unless it says otherwise, and inputs and templates without a value."""
        yield from super().check_with(parts)
        yield from input_problems(parts)
        problems = list(template_problems(self._texts, parts))
        yield from problems or syntax_problems(self.command)

    def prepare(self, data: PreparedData) -> None:
        """Write the training and validation rows as CSV files, which any language can read."""
        from sweepflow.training.command.csv_parts import write_parts

        write_parts(data)

    def preview(self, job: Job) -> str:
        """The command that a trial with this job would run; the data need not be prepared yet."""
        values = {Reference("inputs", part): f"data/{part}.csv" for part in (*PARTS, *ROLES)} | _values(job)
        return readable_line(split(self.command, values), values)

    def warm_up(self) -> None:
        """Let the worker find whatever its commands leave behind, and be ready for scripts with MLflow."""
        adopt_orphans()
        mlflow_runs.warm_up(self.environment_variables)

    def clean_up(self, folder: Path) -> None:
        """Remove the copy of the code, once no process of the trial is left."""
        clean_up(folder)

    def train(self, job: Job, report: Reporter) -> Trained:
        """Run the command; its model, if it has one, is a file among its outputs."""
        folder = job.needed_folder
        for name, path in job.outputs.items():
            (Path(path).parent if name in job.file_outputs else Path(path)).mkdir(parents=True, exist_ok=True)
        values = _values(job) | variables.values(self._taken, os.environ)
        command = line(split(self.command, values), values)
        code = None if self.code is None else Path(self.code.path)
        copies_code = self.code is None or self.code.is_copied
        environment = {
            **{name: fill(text, values) for name, text in self.environment_variables.items()},
            "SWEEPFLOW_TRIAL": str(job.number),
            "SWEEPFLOW_INPUTS": json.dumps(job.inputs),
            **{f"AZUREML_SWEEP_{name}": word_of(value) for name, value in job.parameters.items()},
            **command.variables,
        }
        usual_path = environment.get("PYTHONPATH", os.environ.get("PYTHONPATH"))
        environment |= stand_in_variables(
            usual_path, is_v1=self.azureml == "v1", imports_sdk=imports_sdk(self.command, code)
        )
        logged: set[str] = set()

        def log(metrics: Mapping[str, object]) -> None:
            logged.update(metrics)
            report(metrics)

        run(Script(command.text, code, copies_code, folder, environment), log)
        return Trained(None, {}, () if logged else (_HOW_TO_LOG,))

    @property
    def _texts(self) -> dict[str, str]:
        """Its texts with templates, by their path in the spec."""
        by_name = self.environment_variables.items()
        return {COMMAND: self.command, **{f"{VARIABLES}.{name}": text for name, text in by_name}}

    @property
    def _folder(self) -> str | None:
        """The folder of its code."""
        return None if self.code is None else self.code.path

    @property
    def _taken(self) -> frozenset[str]:
        """The variables of the flow's environment that the spec names."""
        return variables.taken(self.environment_variables)

    def _withheld(self, environment: Mapping[str, str]) -> frozenset[str]:
        return secret_variables(environment) - self._taken


def _values(job: Job) -> dict[Reference, str]:
    drawn = {name: word_of(value) for name, value in job.parameters.items()}
    kinds = {"search_space": drawn, "inputs": {**job.inputs, **drawn}, "outputs": job.outputs}
    return {Reference(kind, name): text for kind, texts in kinds.items() for name, text in texts.items()}
