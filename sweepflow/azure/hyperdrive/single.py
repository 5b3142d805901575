"""One run of a script, as `Experiment.submit` starts it: a sweep of one trial."""

import re
from collections.abc import Mapping
from typing import Any

from sweepflow.azure.hyperdrive import records
from sweepflow.azure.hyperdrive.child import ChildRun
from sweepflow.azure.hyperdrive.config import input_fields
from sweepflow.azure.hyperdrive.runs import HyperDriveRun, submit
from sweepflow.azure.hyperdrive.script import ScriptRunConfig

_ENDED = "script_ended"
"""The metric of a script that has no primary one: 1 at its end."""


class ScriptRun:
    """The run of a script; what is asked of its result waits until it has ended."""

    def __init__(self, sweep_run: HyperDriveRun) -> None:
        self.sweep_run = sweep_run
        self.experiment = sweep_run.experiment
        self.id = sweep_run.id

    def get_status(self) -> str:
        """The state now, in the words of v1."""
        return self.sweep_run.get_status()

    @property
    def status(self) -> str:
        """The state now, in the words of v1."""
        return self.get_status()

    def cancel(self) -> bool:
        """Stop the script; whether it was running."""
        return self.sweep_run.cancel()

    def wait_for_completion(
        self, show_output: bool = False, wait_post_processing: bool = False, raise_on_error: bool = True
    ) -> dict[str, Any]:
        """Wait until the script has ended; with `show_output`, print what it has printed."""
        if show_output:
            print(f"RunId: {self.id}")
        self.sweep_run.wait_for_completion(False, wait_post_processing, raise_on_error=False)
        if show_output:
            print(self._child.get_details_with_logs()["logFiles"].get(records.LOG, ""), end="")
            print(f"{self.get_status()}: {self.id}")
        if raise_on_error:
            self.sweep_run.raise_failure()
        return self.get_details()

    def get_metrics(self, name: str | None = None, *_: Any, **__: Any) -> dict[str, Any]:
        """What it logged, or what it logged under this name."""
        metrics = self._child.get_metrics(name)
        return {key: value for key, value in metrics.items() if key != _ENDED}

    def get_details(self) -> dict[str, Any]:
        """What v1 has as the details of a run."""
        return {**self._child.get_details(), "runId": self.id}

    @property
    def _child(self) -> ChildRun:
        return next(self.sweep_run.get_children())

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._child, name)  # its files, its model, its tags

    def __repr__(self) -> str:
        return f"Run(Experiment: {self.experiment.name},\nId: {self.id},\nStatus: {self.status})"


def submit_script(
    config: ScriptRunConfig, inputs: Mapping[str, str], experiment: Any, tags: Mapping[str, str] | None
) -> ScriptRun:
    """Start the script in a process of its own; SpecError or NotebookError if it cannot be run."""
    prefix = re.sub(r"[^\w-]", "_", experiment.name)  # the run's ID is a folder's name, too
    return ScriptRun(submit(script_fields(config, inputs), experiment, tags, prefix=prefix))


def script_fields(config: ScriptRunConfig, inputs: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a sweep whose one trial runs the script, and logs that it has ended."""
    trial = config.trial([])
    ends = f"""printf '{{"{_ENDED}": 1}}\\n' >> "$SWEEPFLOW_METRICS\""""
    return {
        "trial": {**trial, "command": f"{trial['command']} && {ends}"},
        "search_space": {"run": {"type": "choice", "values": [1]}},
        "sampling_algorithm": {"type": "grid"},
        "objective": {"primary_metric": _ENDED, "goal": "maximize"},
        "limits": {"max_total_trials": 1, **({"trial_timeout": config.timeout} if config.timeout else {})},
        "inputs": input_fields({**inputs, **config.inputs()}),
    }
