"""Whether the packages that Sweepflow requires are installed."""

import platform
import shlex
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

from sweepflow.flows.cli.doctor.finding import Finding


def check_installation() -> list[Finding]:
    """The packages that are missing or of another version than Sweepflow requires."""
    requirements = [Requirement(line) for line in requires("sweepflow") or []]
    without_extra = {"extra": ""}
    return check_packages(
        [needed for needed in requirements if needed.marker is None or needed.marker.evaluate(without_extra)]
    )


def check_packages(requirements: Sequence[Requirement]) -> list[Finding]:
    """A finding for each requirement that is not met; if all are met, one that says so."""
    problems = [finding for requirement in requirements if (finding := _unmet(requirement))]
    summary = (
        f"Sweepflow {version('sweepflow')}, Python {platform.python_version()}, {len(requirements)} packages"
    )
    return problems or [Finding("packages", summary)]


def _unmet(requirement: Requirement) -> Finding | None:
    """What is wrong with the installed package; None if nothing is."""
    needed = f"{requirement.name}{requirement.specifier}"
    fix = shlex.join([sys.executable, "-m", "pip", "install", needed])
    try:
        installed = version(requirement.name)
    except PackageNotFoundError:
        return Finding("packages", f"{needed} is not installed", (fix,))
    if requirement.specifier.contains(installed, prereleases=True):
        return None
    return Finding("packages", f"{requirement.name} is {installed}, but Sweepflow needs {needed}", (fix,))
