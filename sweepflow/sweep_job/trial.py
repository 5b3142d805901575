"""The trial of a sweep job: a command, written out or in a component."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sweepflow.base.printable import brief
from sweepflow.sweep_job.component import read_component
from sweepflow.sweep_job.findings import Findings
from sweepflow.sweep_job.inputs import is_declaration, local_path
from sweepflow.sweep_job.names import TRIAL_WITHOUT_EFFECT, check_spelling

_INSTALLS = re.compile(r"\b(pip3?|conda|mamba|apt-get|apt)\s+install\b")
_CODE = ("local_path", "path", "directory", "file")


class TrialParts(NamedTuple):
    """A trial as we write it, and what it says beyond that."""

    trial: Any
    declared: Any = None
    """The inputs that a component declares."""
    inputs: Mapping[str, Any] = {}
    outputs: Mapping[str, Any] = {}
    timeout: Any = None
    """Of each trial, in seconds."""


def translate_trial(
    trial: Any, folder: Path, findings: Findings, roots: Sequence[Path] | None = None
) -> TrialParts:
    """The parts of the trial; paths of a component are made relative to the folder of the job.

    `roots` are the folders that a component may lie in; None: any.
    """
    if isinstance(trial, str):
        fields, file = read_component(trial, folder, findings, roots)
        return _parts(fields, f"{file}: ", file.parent, folder, findings)
    if not isinstance(trial, Mapping):
        return TrialParts(trial)
    return _parts(trial, "trial.", Path(), folder, findings)


def _parts(given: Mapping[str, Any], path: str, own: Path, folder: Path, findings: Findings) -> TrialParts:
    """`own` is the folder that the trial's paths are relative to, itself relative to the job's."""
    fields = dict(given)
    check_spelling(fields, TRIAL_WITHOUT_EFFECT, path, findings)
    if "compute" in fields:
        del fields["compute"]
        findings.sentences.append(f"{path}compute: belongs to the top of the job; it has no effect here")
    inputs, outputs, limits = (
        _taken(fields, name, path, findings) for name in ("inputs", "outputs", "limits")
    )
    fields = findings.drop(fields, TRIAL_WITHOUT_EFFECT, path)
    if _INSTALLS.search(str(fields.get("command"))):
        findings.sentences.append(
            f"{path}command: installs packages into the environment that it runs in, in every trial; install "
            "them once, and leave that out"
        )
    if fields.get("code") is not None:
        fields["code"] = _code(fields["code"], own, folder, findings)
    is_component = path != "trial." or (inputs and all(map(is_declaration, inputs.values())))
    if inputs and not is_component:
        findings.sentences.append(f"{path}inputs: belong to the top of the job, where they are taken to be")
    timeout = limits.get("timeout")
    if is_component:
        return TrialParts(fields, inputs, {}, outputs, timeout)
    return TrialParts(fields, None, inputs, outputs, timeout)


def _taken(fields: dict[str, Any], name: str, path: str, findings: Findings) -> Mapping[str, Any]:
    """The section of this name, which belongs to the top of the job, taken out of the trial."""
    section = fields.pop(name, None) or {}
    if isinstance(section, Mapping):
        return section
    findings.refuse(f"{path}{name}", f"must be a mapping, got {brief(section)}")
    return {}


def _code(code: Any, own: Path, folder: Path, findings: Findings) -> Any:
    """The folder of the code; of a single file, which is allowed too, the folder around it."""
    if isinstance(code, Mapping):
        fields = dict(code)
        name = next((name for name in _CODE if name in fields), None)
        if name is None:
            return fields
        path = _folder(fields.pop(name), own, folder, findings)
        return {**fields, "path": path} if fields else path
    return _folder(code, own, folder, findings)


def _folder(code: Any, own: Path, folder: Path, findings: Findings) -> Any:
    path = local_path(code)
    if not isinstance(path, str) or path.startswith("azureml:") or "://" in path:
        return path
    if own != Path():
        path = os.path.normpath(own / path)
    if (folder / path).is_file():
        findings.sentences.append(f"trial.code: '{path}' is a file; the folder around it is used")
        return str(Path(path).parent)
    return path
