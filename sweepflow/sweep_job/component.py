"""The component that the trial of a sweep job names: a YAML file on this machine."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sweepflow.errors import SpecError
from sweepflow.fields.yaml_file import read_yaml
from sweepflow.sweep_job.findings import Findings
from sweepflow.sweep_job.inputs import local_path

_IN_AZURE = ("azureml:", "azureml://")
_ENDINGS = (".yml", ".yaml")
_NOT_ALLOWED = (
    "names a file that a deployed flow may not read: serve the job itself, or name a file in a folder that "
    "SWEEPFLOW_CODE_ROOTS allows where the flow runs"
)


def read_component(
    reference: str, folder: Path, findings: Findings, roots: Sequence[Path] | None = None
) -> tuple[Mapping[str, Any], Path]:
    """The fields of the component, and its file, relative to the folder; no fields where a problem is noted.

    `azureml:train:1` is the file train.yml in the folder. `roots` are the folders in which files may be
    read; None: any.
    """
    path = _file(reference, folder, findings)
    if path is None:
        return {}, Path()
    if roots is not None and not any(map((folder / path).resolve().is_relative_to, roots)):
        findings.refuse("trial", _NOT_ALLOWED)
        return {}, Path()
    try:
        fields = read_yaml(folder / path)
    except SpecError as error:
        for problem in error.problems:
            findings.refuse("trial", f"names a component, but {problem.message}")
        return {}, path
    kind = fields.get("type", "command") if isinstance(fields, Mapping) else None
    if not isinstance(fields, Mapping) or not isinstance(kind, str) or not kind.lower().startswith("command"):
        findings.refuse("trial", f"'{path}' must be a command component, with `command` and `type: command`")
        return {}, path
    if "command" not in fields:
        findings.refuse("trial", f"'{path}' must have a `command`")
    return fields, path


def _file(reference: str, folder: Path, findings: Findings) -> Path | None:
    if not reference.startswith(_IN_AZURE):
        return Path(local_path(reference))
    name = _name(reference)
    for ending in _ENDINGS:
        if name and (folder / f"{name}{ending}").is_file():
            return Path(f"{name}{ending}")
    findings.refuse(
        "trial",
        f"'{reference}' is a component in Azure ML: save its YAML file as '{name or 'train'}.yml' beside the "
        "job, or name another file, as in `trial: file:./train.yml`",
    )
    return None


def _name(reference: str) -> str:
    """The component's name: `train` of azureml:train:1 and azureml://registries/x/components/train/versions/1."""
    within = re.search(r"/components/([\w.-]+)", reference)
    name = within[1] if within else re.split("[:@]", reference.removeprefix("azureml:"))[0]
    return name if re.fullmatch(r"[\w.-]+", name) else ""
