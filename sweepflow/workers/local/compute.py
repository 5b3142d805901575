"""The compute `local`: trials in child processes on the machine of the flow."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from sweepflow.fields.model import WholeNumber
from sweepflow.training.kind import TrialKind
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
        """The workers of one sweep; `log` takes their output outside of trials."""
        threads = self.threads_per_trial or max(1, cores // slots)
        return LocalPool(trial, slots, threads, log, trial_memory)
