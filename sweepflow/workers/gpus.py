"""The names of GPUs, as CUDA_VISIBLE_DEVICES takes them, and how they are dealt to the slots of a sweep."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, Field

from sweepflow.errors import Problem
from sweepflow.fields.model import Number

VISIBLE = "CUDA_VISIBLE_DEVICES"
_ORDER = "CUDA_DEVICE_ORDER"

NAME = r"\d+|GPU-[0-9A-Za-z-]+|MIG-[0-9A-Za-z/-]+"
"""A number, or the UUID of a GPU or of a part of one (MIG), or the first characters of a GPU's UUID."""

_LINE = re.compile(r"\s*(?:GPU (?P<number>\d+)|MIG ).*\(UUID: (?P<uuid>[^)]+)\)\s*")


def _checked(name: str) -> str:
    if not re.fullmatch(NAME, name):
        raise ValueError(f"must be a GPU's number, or a UUID that begins with GPU- or MIG-, got {name!r}")
    return name


GpuName = Annotated[str, Field(coerce_numbers_to_str=True, max_length=200), AfterValidator(_checked)]
"""The name of a GPU in a spec; in YAML, 0 means GPU 0."""


def _whole_above_one(number: float) -> float:
    if number > 1 and number != int(number):
        raise ValueError(f"must be a whole number, or a share below 1, got {number:g}")
    return number


def _not_empty(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("must name at least one GPU; leave it out for all of them")
    return names


GpusPerTrial = Annotated[Number, Field(ge=0.01), AfterValidator(_whole_above_one)]
"""How many GPUs each trial gets: a whole number, or the share of one."""
GpuNames = Annotated[tuple[GpuName, ...], AfterValidator(_not_empty)]
"""The GPUs that are dealt to trials."""


def check_fields(per_trial: float | None, names: Sequence[str] | None) -> None:
    """ValueError for GPUs that are named and not dealt."""
    if names is not None and per_trial is None:
        raise ValueError("gpus are dealt to trials, so gpus_per_trial must be given with them")


class Gpu(NamedTuple):
    """A GPU of this machine, or a part of one, and its UUID where that is known and is not the name."""

    name: str
    uuid: str | None = None

    @property
    def is_part(self) -> bool:
        """Whether it is a part of a GPU; CUDA shows one process no more than one of them."""
        return self.name.startswith("MIG-")

    def is_called(self, name: str) -> bool:
        """Whether that name means this GPU."""
        uuids = [each for each in (self.name, self.uuid) if each and not each.isdecimal()]
        is_uuid = not name.isdecimal()
        return name == self.name or (is_uuid and any(uuid.startswith(name) for uuid in uuids))


class FoundGpus(NamedTuple):
    """The GPUs of a machine, and, where there are none, why."""

    gpus: tuple[Gpu, ...]
    why_none: str = ""


def visible(names: str) -> list[Gpu]:
    """The GPUs that this value of CUDA_VISIBLE_DEVICES shows: for CUDA it ends at the first invalid name."""
    shown: list[Gpu] = []
    for name in (part.strip() for part in names.split(",")):
        if not re.fullmatch(NAME, name):
            break
        shown += [] if Gpu(name) in shown else [Gpu(name)]
    return shown


def listed(lines: str) -> list[Gpu]:
    """The GPUs that `nvidia-smi -L` lists; the parts of one, by their UUIDs, stand for it."""
    gpus: list[Gpu] = []
    for found in filter(None, map(_LINE.fullmatch, lines.splitlines())):
        if found["number"] is not None:
            gpus.append(Gpu(found["number"], found["uuid"]))
            continue
        if gpus and not gpus[-1].is_part:
            gpus.pop()  # it is of no use besides its parts
        gpus.append(Gpu(found["uuid"]))
    return gpus


def dealt(names: Sequence[str], per_trial: float) -> list[str]:
    """What CUDA_VISIBLE_DEVICES is for each of as many slots as these GPUs are enough for.

    `per_trial` is a whole number of GPUs, or the share of one, below 1. Slots that come one after the other
    share a GPU only once each has been dealt.
    """
    if per_trial < 1:
        return list(names) * int(1 / per_trial + 1e-9)
    n = int(per_trial)
    return [",".join(names[first : first + n]) for first in range(0, len(names) - n + 1, n)]


def variables(names: str, environment: Mapping[str, str]) -> dict[str, str]:
    """What a slot's process has in its environment for these GPUs, given that of the flow.

    CUDA's own order may differ from that of `nvidia-smi`, whose numbers these are unless the flow itself was
    shown its GPUs by numbers.
    """
    order = {} if VISIBLE in environment or _ORDER in environment else {_ORDER: "PCI_BUS_ID"}
    return {VISIBLE: names, **order}


def problems(per_trial: float, names: Sequence[str] | None, found: FoundGpus) -> list[Problem]:
    """Why these GPUs cannot be dealt: those of that name, None for all that were found."""
    if not found.gpus:
        message = f"asks for GPUs, and none were found ({found.why_none}); leave it out to train without"
        return [Problem("compute.gpus_per_trial", message)]
    if wrong := list(_not_found(names or (), found.gpus)):
        return wrong
    used = [gpu for gpu in found.gpus if names is None or any(map(gpu.is_called, names))]
    if per_trial > 1 and any(gpu.is_part for gpu in used):
        message = f"must be at most 1 with parts of GPUs (MIG): CUDA shows a process one, not {per_trial:g}"
        return [Problem("compute.gpus_per_trial", message)]
    if per_trial > len(used):
        message = f"must be at most {len(used)}, as many as there are ({_list(used)}), got {per_trial:g}"
        return [Problem("compute.gpus_per_trial", message)]
    return []


def _not_found(names: Sequence[str], gpus: Sequence[Gpu]) -> Iterator[Problem]:
    """The names that mean no GPU, several, or one that an earlier name means."""
    earlier: list[Gpu] = []
    for index, name in enumerate(names):
        meant = [gpu for gpu in gpus if gpu.is_called(name)]
        if len(meant) != 1:
            count = "several GPUs have" if meant else "no GPU has"
            yield Problem(f"compute.gpus.{index}", f"{count} the name {name}; there are {_list(gpus)}")
        elif meant[0] in earlier:
            yield Problem(f"compute.gpus.{index}", f"{name} is named before")
        earlier += meant


def _list(gpus: Sequence[Gpu]) -> str:
    return ", ".join(gpu.name for gpu in gpus)
