"""A folder that is there already, where the SDK would mount it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self


class MountContext:
    """The folder's path; to start and to stop it does nothing."""

    def __init__(self, mount_point: str) -> None:
        self.mount_point = mount_point

    def start(self) -> None:
        """The folder is there already."""

    def stop(self) -> None:
        """The folder stays."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
