"""The compute `local`: trials in child processes on the machine of the flow."""

import os
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from sweepflow.errors import Problem, SpecError
from sweepflow.fields.model import WholeNumber
from sweepflow.training.kind import TrialKind
from sweepflow.workers.found_gpus import found_gpus
from sweepflow.workers.gpus import GpuNames, GpusPerTrial, check_fields, dealt, problems
from sweepflow.workers.local import memory
from sweepflow.workers.local.pool import LocalPool
from sweepflow.workers.pool import BaseCompute


class LocalCompute(BaseCompute):
    """Train in processes on the machine that runs the flow."""

    type: Literal["local"] = "local"
    threads_per_trial: WholeNumber | None = Field(
        default=None,
        ge=1,
        description="Threads that each trial's numeric libraries may use; empty: its share of the cores.",
    )
    gpus_per_trial: GpusPerTrial | None = Field(
        default=None,
        description="GPUs for each trial, shown to it by CUDA_VISIBLE_DEVICES: a whole number, or a share "
        "such as 0.5 for two trials on one GPU; empty: all trials see all.",
    )
    gpus: GpuNames | None = Field(
        default=None,
        description="The GPUs that are dealt to the trials, by their numbers or UUIDs; empty: all of them.",
    )

    @model_validator(mode="after")
    def _knows_how_many_each_gets(self) -> Self:
        check_fields(self.gpus_per_trial, self.gpus)
        return self

    def slots(self, cores: int) -> int:
        """One for each core, or as many as there are GPUs for."""
        return cores if self.gpus_per_trial is None else max(1, len(self._dealt()))

    def threads(self, slots: int, cores: int) -> int:
        """As many as the spec says, or its share of the cores."""
        return self.threads_per_trial or super().threads(slots, cores)

    def most_slots(self) -> int | None:
        """As many as there are GPUs for; None without `gpus_per_trial`."""
        return None if self.gpus_per_trial is None else self.slots(1)

    def check(self, slots: int | None, *, is_trusted: bool) -> list[Problem]:  # noqa: ARG002
        """The GPUs that are asked for and not there."""
        if self.gpus_per_trial is None:
            return []
        return problems(self.gpus_per_trial, self.gpus, found_gpus(os.environ))

    def notices(self, slots: int, cores: int, trial_memory: int | None) -> list[str]:
        """A notice if there are more slots than cores, and one if memory cannot be limited here."""
        notices = []
        if slots > cores:
            notices.append(
                f"limits.max_concurrent_trials: {slots} trials at once, each in a process of its own, share "
                f"{cores} core(s)"
            )
        if trial_memory is not None and not memory.is_known():
            notices.append("limits.trial_memory: has no effect on this system, which has no /proc")
        return notices

    def pool(
        self, trial: TrialKind, slots: int, cores: int, log: Path, trial_memory: int | None = None
    ) -> LocalPool:
        """The workers of one sweep; SpecError if the GPUs that they should have are not there.

        `log` takes their output outside of trials.
        """
        threads = self.threads(slots, cores)
        return LocalPool(trial, slots, threads, log, trial_memory, gpus=self._gpus_of_slots(slots))

    def _gpus_of_slots(self, slots: int) -> list[str] | None:
        if self.gpus_per_trial is None:
            return None
        if wrong := self.check(slots, is_trusted=True):
            raise SpecError(wrong)
        return self._dealt()[:slots]

    def _dealt(self) -> list[str]:
        """The GPUs of each slot, as CUDA_VISIBLE_DEVICES names them."""
        names = self.gpus or [gpu.name for gpu in found_gpus(os.environ).gpus]
        return dealt(names, self.gpus_per_trial or 1)
