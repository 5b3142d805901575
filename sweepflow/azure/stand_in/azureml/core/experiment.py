"""The experiment that runs belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from azureml._cloud import CloudOnly, absent
from azureml.core.workspace import Workspace

if TYPE_CHECKING:
    from azureml.core.run import Run


class Experiment:
    """A name for runs that belong together, in a workspace."""

    def __init__(self, workspace: Workspace, name: str = "sweepflow", **_: object) -> None:
        self.workspace = workspace
        self.name = name

    def start_logging(self, *_: object, **__: object) -> Run:
        """A run that prints what is logged to it."""
        from azureml.core.run import Run

        run = Run.get_context()
        run.experiment = self
        return run

    def submit(
        self, config: Any, tags: Mapping[str, str] | None = None, show_output: bool = False, **_: object
    ) -> Any:
        """Start a sweep, or one run of a script, on this machine; CloudOnly if it is neither.

        SpecError if the configuration is wrong.
        """
        from azureml._inputs import inputs
        from sweepflow.azure.hyperdrive.config import HyperDriveConfig
        from sweepflow.azure.hyperdrive.runs import submit
        from sweepflow.azure.hyperdrive.script import ScriptRunConfig
        from sweepflow.azure.hyperdrive.single import submit_script

        if isinstance(config, ScriptRunConfig):
            run: Any = submit_script(config, inputs(), self, tags)
        elif isinstance(config, HyperDriveConfig):
            run = submit(config.fields(inputs()), self, tags)
        else:
            raise CloudOnly(f"Experiment.submit of {type(config).__name__}", "submit a HyperDriveConfig")
        if show_output:
            run.wait_for_completion(show_output=True, raise_on_error=False)
        return run

    def get_runs(self, *_: object, **__: object) -> Iterator[Any]:
        """The sweeps that were submitted under this name, the latest first."""
        from sweepflow.azure.hyperdrive.records import runs_of
        from sweepflow.azure.hyperdrive.runs import HyperDriveRun

        return (HyperDriveRun(self, run_id) for run_id in runs_of(self.name))


if not TYPE_CHECKING:  # a checker must tell a misspelt name

    def __getattr__(name):
        return absent(__name__, name)
