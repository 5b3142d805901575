"""The configuration of a HyperDrive run, as our spec."""

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from sweepflow.azure.hyperdrive.policies import EarlyTerminationPolicy
from sweepflow.azure.hyperdrive.records import find_sweep_id
from sweepflow.azure.hyperdrive.refusal import NotebookError, note
from sweepflow.azure.hyperdrive.samplings import HyperParameterSampling
from sweepflow.azure.hyperdrive.script import Argument, ScriptRunConfig, input_name

_LONGEST_MINUTES = 10_080


class PrimaryMetricGoal(Enum):
    """Which way is up."""

    MAXIMIZE = "maximize"
    MINIMIZE = "minimize"


class HyperDriveConfig:
    """What a HyperDrive run tries, with which script, and how much it may use."""

    def __init__(
        self,
        hyperparameter_sampling: HyperParameterSampling,
        primary_metric_name: str,
        primary_metric_goal: PrimaryMetricGoal | str,
        max_total_runs: int,
        max_concurrent_runs: int | None = None,
        max_duration_minutes: float | None = _LONGEST_MINUTES,
        policy: EarlyTerminationPolicy | None = None,
        estimator: ScriptRunConfig | None = None,
        run_config: ScriptRunConfig | None = None,
        resume_from: Any = None,
        resume_child_runs: Any = None,
        pipeline: Any = None,
        **_: Any,
    ) -> None:
        if pipeline is not None:
            raise NotebookError("HyperDriveConfig: a pipeline cannot be tuned here, a script can")
        if (estimator is None) == (run_config is None):
            raise NotebookError("HyperDriveConfig needs one of run_config and estimator")
        self.run_config = run_config or estimator
        self.sampling = hyperparameter_sampling
        self.policy = policy
        self.primary_metric_name = primary_metric_name
        self.primary_metric_goal = primary_metric_goal
        self.max_total_runs = max_total_runs
        self.max_concurrent_runs = max_concurrent_runs
        self.max_duration_minutes = max_duration_minutes
        self.resume_from = resume_from
        if resume_child_runs:
            note("resume_child_runs has no effect here: `sweepflow resume ID` goes on with a stopped sweep")

    def fields(self, inputs: Mapping[str, str]) -> dict[str, Any]:
        """The fields of its spec; `inputs` are the data sets that the notebook has mapped to local files."""
        script = _script(self.run_config)
        space = self._search_space()
        policy = self.policy.fields if self.policy else None
        goal = self.primary_metric_goal
        return {
            "trial": script.trial(space),
            "search_space": {argument.name: expression for argument, expression in space.items()},
            "sampling_algorithm": self.sampling.fields,
            "objective": {
                "primary_metric": self.primary_metric_name,
                "goal": goal.value if isinstance(goal, PrimaryMetricGoal) else str(goal).lower(),
            },
            "limits": self._limits(script),
            **({"early_termination": policy} if policy else {}),
            "inputs": input_fields({**inputs, **script.inputs()}),
            "warm_start": self._warm_start(),
        }

    def _search_space(self) -> dict[Argument, Any]:
        space = {Argument.of(key): expression for key, expression in self.sampling.parameter_space.items()}
        names = [argument.name for argument in space]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise NotebookError(
                f"two parameters differ by punctuation only, and would both be '{twice}' here: rename one"
            )
        return space

    def _limits(self, script: ScriptRunConfig) -> dict[str, Any]:
        minutes = self.max_duration_minutes
        limits = {
            "max_total_trials": self.max_total_runs,
            "max_concurrent_trials": self.max_concurrent_runs,
            "timeout": None if minutes in (None, _LONGEST_MINUTES) else minutes * 60,
            "trial_timeout": script.timeout,
        }
        return {name: value for name, value in limits.items() if value is not None}

    def _warm_start(self) -> list[str]:
        """The sweeps of the runs to learn from."""
        runs = self.resume_from if isinstance(self.resume_from, list | tuple) else [self.resume_from]
        sweeps = {run.id: find_sweep_id(run.id) for run in runs if run is not None}
        if missing := [run_id for run_id, sweep_id in sweeps.items() if sweep_id is None]:
            raise NotebookError(f"resume_from: there is no run '{missing[0]}' on record")
        return [sweep_id for sweep_id in sweeps.values() if sweep_id]


class HyperDriveRunConfig(HyperDriveConfig):
    """The older name, whose first argument is the estimator."""

    def __init__(
        self,
        estimator: ScriptRunConfig,
        hyperparameter_sampling: HyperParameterSampling,
        primary_metric_name: str,
        primary_metric_goal: PrimaryMetricGoal | str,
        max_total_runs: int,
        **more: Any,
    ) -> None:
        most = {"max_total_runs": max_total_runs, **more}
        super().__init__(
            hyperparameter_sampling, primary_metric_name, primary_metric_goal, estimator=estimator, **most
        )


def _script(run_config: Any) -> ScriptRunConfig:
    if not isinstance(run_config, ScriptRunConfig):
        raise NotebookError(f"HyperDriveConfig needs a ScriptRunConfig, got {type(run_config).__name__}")
    return run_config


def input_fields(files: Mapping[str, str | Path]) -> dict[str, dict[str, str]]:
    """These local files and folders as the inputs of a spec."""
    return {input_name(name): _file(path) for name, path in files.items()}


def _file(path: str | Path) -> dict[str, str]:
    kind = "uri_folder" if Path(path).is_dir() else "uri_file"
    return {"type": kind, "path": str(Path(path).absolute())}
