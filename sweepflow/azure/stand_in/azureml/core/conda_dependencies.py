"""The packages of an environment, as a file of conda's; here it is only written and read by people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from azureml._cloud import absent


class CondaDependencies:
    """Packages for conda and for pip; nothing is installed from them here."""

    def __init__(self, conda_dependencies_file_path: str | None = None, **_: object) -> None:
        self.file_path = conda_dependencies_file_path
        self.conda_packages: list[str] = []
        self.pip_packages: list[str] = []

    @staticmethod
    def create(
        *_: object,
        conda_packages: Sequence[str] | None = None,
        pip_packages: Sequence[str] | None = None,
        **__: Any,
    ) -> CondaDependencies:
        """The dependencies with these packages."""
        made = CondaDependencies()
        made.conda_packages += conda_packages or []
        made.pip_packages += pip_packages or []
        return made

    def add_conda_package(self, conda_package: str) -> None:
        """Add a package for conda."""
        self.conda_packages.append(conda_package)

    def add_pip_package(self, pip_package: str) -> None:
        """Add a package for pip."""
        self.pip_packages.append(pip_package)

    def add_channel(self, *_: object) -> None:
        """Does nothing."""

    set_python_version = set_pip_requirements = add_tensorflow_conda_package = add_channel
    add_tensorflow_pip_package = remove_conda_package = remove_pip_package = add_channel

    def serialize_to_string(self) -> str:
        """The dependencies as YAML."""
        lines = ["dependencies:", "- python", *(f"- {package}" for package in self.conda_packages)]
        pip = ["- pip:", *(f"  - {package}" for package in self.pip_packages)] if self.pip_packages else []
        return "\n".join([*lines, *pip]) + "\n"

    def save_to_file(self, base_directory: str = ".", conda_file_path: str = "environment.yml") -> str:
        """Write the YAML file; its path."""
        path = Path(base_directory) / conda_file_path
        path.write_text(self.serialize_to_string())
        return str(path)

    save = save_to_file


def __getattr__(name: str) -> Any:
    return absent(__name__, name)
