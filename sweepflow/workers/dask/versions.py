"""Whether the machines of a cluster have what the flow has: functions and objects go there by pickle."""

import hashlib
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("distributed", "sweepflow", "scikit-learn")
"""What has to be the same where trials train; a scheduler needs Dask alone."""

Versions = Mapping[str, str | None]
"""The versions on one machine: of Python without its last part, and of PACKAGES; None for what it lacks."""


def own_versions() -> dict[str, str | None]:
    """Those of this process; `code` tells two states of Sweepflow apart that have the same version."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, **{name: _version(name) for name in PACKAGES}, "code": _code()}


def told_versions(told: Mapping[str, str | None]) -> dict[str, str | None]:
    """The same without `code`, from the `packages` that Dask tells of a machine."""
    python = ".".join((told.get("python") or "").split(".")[:2])
    return {"python": python, **{name: told.get(name) for name in PACKAGES}}


def different(here: Versions, there: Versions) -> str | None:
    """What is different there, such as `has Python 3.12, not 3.11`; None if nothing is."""
    for name, version_there in there.items():
        if version_there != here[name]:
            if name == "code":
                return f"has Sweepflow {there['sweepflow']} with other code"
            called = {"python": "Python", "sweepflow": "Sweepflow"}.get(name, name)
            if version_there is None:
                return f"has no {called}"
            return f"has {called} {version_there}, not {here[name]}"
    return None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


@cache
def _code() -> str:
    """A fingerprint of the modules that workers use; flows and tasks are for the flow alone."""
    root, digest = Path(__file__).parents[2], hashlib.sha256()
    folders = [path for path in root.iterdir() if path.is_dir() and path.name not in ("flows", "tasks")]
    files = [*root.glob("*.py"), *(file for folder in folders for file in folder.rglob("*.py"))]
    for file in sorted(files):
        digest.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes())
    return digest.hexdigest()
