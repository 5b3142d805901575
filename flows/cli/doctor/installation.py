"""Whether the packages that are installed are those that Sweepflow needs."""

import platform
import shlex
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

from sweepflow.flows.cli.doctor.finding import Finding


def check_installation() -> list[Finding]:
    """The packages that are missing or of another version than Sweepflow requires."""
    wanted = [Requirement(line) for line in requires("sweepflow") or []]
    return check_packages(
        [each for each in wanted if each.marker is None or each.marker.evaluate({"extra": ""})]
    )


def check_packages(wanted: Sequence[Requirement]) -> list[Finding]:
    """A finding for each requirement that is not met, or one that says that all are."""
    wrong = [finding for requirement in wanted if (finding := _unmet(requirement))]
    told = f"Sweepflow {version('sweepflow')}, Python {platform.python_version()}, {len(wanted)} packages"
    return wrong or [Finding("packages", told)]


def _unmet(requirement: Requirement) -> Finding | None:
    needed = f"{requirement.name}{requirement.specifier}"
    fix = shlex.join([sys.executable, "-m", "pip", "install", needed])
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        return Finding("packages", f"{needed} is not installed", (fix,))
    if requirement.specifier.contains(found, prereleases=True):
        return None
    return Finding("packages", f"{requirement.name} is {found}, but Sweepflow needs {needed}", (fix,))
