"""What a check has found."""

from typing import NamedTuple


class Finding(NamedTuple):
    """One thing that was looked at, and what to do if it is not as it should be."""

    name: str
    message: str
    fixes: tuple[str, ...] = ()
    """Commands to copy; none if all is well."""

    @property
    def is_ok(self) -> bool:
        """Whether there is nothing to do."""
        return not self.fixes
