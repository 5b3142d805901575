"""What is found in a sweep job beside the fields of its spec."""

from dataclasses import dataclass, field
from typing import Any

from sweepflow.errors import Problem

_EMPTY: tuple[Any, ...] = (None, {}, [], "")


@dataclass
class Findings:
    """What a job has that a spec has not; filled in while the job is translated."""

    dropped: dict[str, Any] = field(default_factory=dict)
    """What has no effect here, by its path in the job."""
    sentences: list[str] = field(default_factory=list)
    """What the user should know besides."""
    problems: list[Problem] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    """Where a field of the spec stands in the job, if it has another path there."""

    def drop(self, section: dict[str, Any], names: frozenset[str], path: str = "") -> dict[str, Any]:
        """The section without the fields of these names; those that are not empty are noted.

        `path` is the section's own.
        """
        noted = {name: value for name, value in section.items() if name in names and value not in _EMPTY}
        self.dropped |= {f"{path}{name}": value for name, value in noted.items()}
        return {name: value for name, value in section.items() if name not in names}

    def refuse(self, path: str, message: str) -> None:
        """Note a problem of the job."""
        self.problems.append(Problem(path, message))
