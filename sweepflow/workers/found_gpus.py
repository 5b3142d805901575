"""The GPUs of this machine, found without a library that uses them."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from sweepflow.workers.gpus import VISIBLE, FoundGpus, Gpu, listed, visible

_SMI = "nvidia-smi"
_SMI_SECONDS = 60.0


def found_gpus(environment: Mapping[str, str], devices: Path = Path("/dev")) -> FoundGpus:
    """The GPUs that a process with this environment may use.

    They are those of CUDA_VISIBLE_DEVICES where it is set, else those that `nvidia-smi` lists, else one for
    each /dev/nvidia0, 1 and so on.
    """
    shown = environment.get(VISIBLE)
    if shown is not None:
        return FoundGpus(tuple(visible(shown)), f"{VISIBLE} is {shown!r}")
    smi = shutil.which(_SMI, path=environment.get("PATH"))
    if smi is not None:
        return _asked(smi)
    files = [file for file in devices.glob("nvidia*") if re.fullmatch(r"nvidia\d+", file.name)]
    # In a container CUDA counts from 0, whatever the numbers of the files are.
    gpus = tuple(Gpu(str(number)) for number in range(len(files)))
    return FoundGpus(gpus, f"{VISIBLE} is not set, and there is neither {_SMI} nor {devices}/nvidia0")


@cache
def _asked(smi: str) -> FoundGpus:
    """What it lists; asked once a process, since it may take seconds."""
    try:
        done = subprocess.run(
            [smi, "-L"], capture_output=True, text=True, errors="replace", timeout=_SMI_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return FoundGpus((), f"{_SMI}: {error}")
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines() or [f"exit code {done.returncode}"]
        return FoundGpus((), f"{_SMI}: {said[0]}")
    return FoundGpus(tuple(listed(done.stdout)), f"{_SMI} lists none")
