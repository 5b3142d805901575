"""The compute `dask`: trials on the workers of a Dask cluster."""

import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from sweepflow.base.credentials import without_secrets
from sweepflow.base.settings import dask_address, dask_addresses, is_served, serve
from sweepflow.errors import Problem, SpecError
from sweepflow.fields.model import WholeNumber, lowered
from sweepflow.training.kind import TrialKind
from sweepflow.workers.found_gpus import found_gpus
from sweepflow.workers.gpus import GpuNames, GpusPerTrial, check_fields, dealt
from sweepflow.workers.gpus import problems as problems_of_gpus
from sweepflow.workers.pool import BaseCompute, Pool

_ADDRESS = re.compile(r"(?P<scheme>tcp|tls)://(?P<host>\[[^\[\]\s]+\]|[^\[\]:/@\s]+):\d{1,5}")
_LOOPBACK = re.compile(r"localhost|127\.\d+\.\d+\.\d+|\[::1\]")
_ALLOWED_BY = "SWEEPFLOW_DASK_ADDRESSES"


class DaskCompute(BaseCompute):
    """Train on the workers of a Dask cluster, on other machines too."""

    type: Literal["dask"] = "dask"
    address: str | None = Field(
        default=None,
        max_length=300,
        description="Where the scheduler of a running cluster is: tcp://host:8786 or tls://host:8786.",
    )
    cluster: Literal["local"] | None = Field(
        default=None, description="local: start a cluster on this machine, for this sweep alone."
    )
    workers: WholeNumber | None = Field(
        default=None, ge=1, le=1000, description="Workers of a local cluster; empty: one for each core."
    )
    threads_per_trial: WholeNumber | None = Field(
        default=None,
        ge=1,
        description="Threads that each trial's numeric libraries may use; empty: its share of the worker's.",
    )
    gpus_per_trial: GpusPerTrial | None = Field(
        default=None,
        description="GPUs for each trial, of those that its worker names as the resource GPU: a whole "
        "number, or a share such as 0.5 for two trials on one GPU; empty: it sees what its worker sees.",
    )
    gpus: GpuNames | None = Field(
        default=None,
        description="The GPUs of this machine that a local cluster deals, by their numbers or UUIDs; empty: "
        "all of them.",
    )

    @field_validator("cluster", mode="before")
    @classmethod
    def _in_any_case(cls, cluster: object) -> object:
        return lowered(cluster)

    @field_validator("address")
    @classmethod
    def _is_complete(cls, address: str | None) -> str | None:
        if address is not None and not _ADDRESS.fullmatch(address):
            raise ValueError(f"must be tcp://host:port or tls://host:port, got {without_secrets(address)!r}")
        return address

    @model_validator(mode="after")
    def _is_one_cluster(self) -> Self:
        if (self.address is None) == (self.cluster is None):
            given = "neither" if self.address is None else "both"
            raise ValueError(f"exactly one of address and cluster must be given, got {given}")
        if self.address is not None and self.workers is not None:
            raise ValueError("workers must be empty with an address: the cluster has the workers that it has")
        if self.address is not None and self.gpus is not None:
            raise ValueError(
                "gpus must be empty with an address: CUDA_VISIBLE_DEVICES of each worker says it"
            )
        check_fields(self.gpus_per_trial, self.gpus)
        return self

    def slots(self, cores: int) -> int:
        """One for each worker of a local cluster; for a running cluster the spec has to say it."""
        n, most = self.workers or cores, self.most_slots()
        return n if most is None else min(n, most)

    def most_slots(self) -> int | None:
        """As many as there are GPUs for on this machine; None if the cluster says it, or without GPUs."""
        is_limited = self.cluster is not None and self.gpus_per_trial is not None
        return max(1, len(self._dealt())) if is_limited else None

    def check(self, slots: int | None, *, is_trusted: bool) -> list[Problem]:
        """A missing package, a cluster that a form may not name, and one whose slots nobody has counted."""
        problems = []
        if find_spec("distributed") is None:
            problems.append(Problem("compute.type", "dask needs distributed: pip install 'sweepflow[dask]'"))
        if self.address is None:
            return [*problems, *self._gpu_problems()]
        if not (is_trusted or self.address in dask_addresses() or is_served(self._permission)):
            message = f"a deployed flow may not use this cluster; add it to {_ALLOWED_BY} where the flow runs"
            problems.append(Problem("compute.address", message))
        if self.address.startswith("tls:") and not problems and (missing := _missing_tls_settings()):
            message = f"tls:// needs certificates: {' and '.join(missing)} must be set to files"
            problems.append(Problem("compute.address", message))
        if slots is None:
            message = "is required with compute.address: how many trials the cluster trains at once"
            problems.append(Problem("limits.max_concurrent_trials", message))
        return problems

    def allow_in_deployments(self) -> None:
        """Let deployed flows use this cluster."""
        if self.address is not None:
            serve(self._permission)

    def notices(self, slots: int, cores: int, trial_memory: int | None) -> list[str]:  # noqa: ARG002
        """A notice of a cluster that anyone in the network can use, or of more trials than workers."""
        n_workers = self.slots(cores)
        if self.cluster is not None and slots > n_workers:
            return [f"limits.max_concurrent_trials: {slots} trials at once share {n_workers} worker(s)"]
        if self.address is None or (address := _ADDRESS.fullmatch(self.address)) is None:
            return []
        if address["scheme"] == "tls" or _LOOPBACK.fullmatch(address["host"]):
            return []
        return [
            f"compute.address: {self.address} is not encrypted, and whoever can reach it can run code there "
            "and here; use tls:// where you do not trust the network"
        ]

    def pool(
        self, trial: TrialKind, slots: int, cores: int, log: Path, trial_memory: int | None = None
    ) -> Pool:
        """The workers of one sweep; SchedulerLost if there is no such cluster, SpecError without its GPUs."""
        from sweepflow.workers.dask.cluster import LocalCluster  # these import Dask
        from sweepflow.workers.dask.pool import DaskPool

        threads, per_trial = self.threads_per_trial, self.gpus_per_trial
        if self.address is not None:
            address = dask_address() or self.address
            return DaskPool(trial, slots, threads, trial_memory, log, address, per_trial)
        if wrong := self._gpu_problems():
            raise SpecError(wrong)
        n_workers = self.slots(cores)
        threads = threads or max(1, cores // n_workers)
        cluster = LocalCluster(n_workers, log, self._dealt()[:n_workers], per_trial)
        return DaskPool(trial, slots, threads, trial_memory, log, cluster, per_trial)

    def _gpu_problems(self) -> list[Problem]:
        """The GPUs that a local cluster should deal and that are not there."""
        if self.gpus_per_trial is None:
            return []
        return problems_of_gpus(self.gpus_per_trial, self.gpus, found_gpus(os.environ))

    def _dealt(self) -> list[str]:
        """The GPUs of each worker of a local cluster, as CUDA_VISIBLE_DEVICES names them."""
        if self.gpus_per_trial is None:
            return []
        names = self.gpus or [gpu.name for gpu in found_gpus(os.environ).gpus]
        return dealt(names, self.gpus_per_trial)

    @property
    def _permission(self) -> str:
        """What `serve` lets deployed flows do, as a text."""
        return f"compute.address {self.address}"


def _missing_tls_settings() -> list[str]:
    """The settings of Dask's that TLS needs and that neither its files nor the environment have."""
    from dask import config

    prefix = "distributed.comm.tls."
    names = {"ca-file": "CA_FILE", "client.cert": "CLIENT__CERT"}
    missing = [variable for name, variable in names.items() if not config.get(f"{prefix}{name}", None)]
    return [f"DASK_DISTRIBUTED__COMM__TLS__{variable}" for variable in missing]
