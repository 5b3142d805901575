"""The result of a check."""

from typing import NamedTuple


class Finding(NamedTuple):
    """One thing that was checked, and what to do if something is wrong with it."""

    name: str
    message: str
    fixes: tuple[str, ...] = ()
    """Commands to copy; none if nothing is wrong."""

    @property
    def is_ok(self) -> bool:
        """Whether there is nothing to do."""
        return not self.fixes
