"""The registry: models by name, each in numbered versions, one of which is the champion, the model in use."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sweepflow.errors import SweepflowError
from sweepflow.models.registry_folder import ModelFolder, write_private

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]*")
_LONGEST_NAME = 100


class RegistryError(SweepflowError):
    """The registry has no such model or version, or the request is not possible."""


class ModelVersion(BaseModel):
    """One version of a registered model; paths are absolute."""

    model_config = ConfigDict(frozen=True)

    name: str
    version: int = Field(description="Counted from 1.")
    sweep_id: str = Field(description="The sweep that selected the model.")
    registered: datetime
    facts: dict[str, Any] = Field(description="What was known of the model when it was registered.")
    model_path: str = ""
    card_path: str = ""


class Change(BaseModel):
    """A change of the champion: the new version, when and why."""

    model_config = ConfigDict(frozen=True)

    time: datetime
    action: Literal["promote", "rollback"]
    version: int
    reason: str
    sweep_id: str


class Registry:
    """The registered models in a home folder.

    Several processes may use it at the same time, and be killed at any point.
    """

    def __init__(self, home: Path) -> None:
        self._path = home.absolute() / "models"

    def register(
        self, name: str, sweep_id: str, model_path: Path, card_path: Path, facts: Mapping[str, Any]
    ) -> int:
        """Copy a sweep's model and its card into a new version, and give its number. The champion stays."""
        folder = self._folder(name)
        for path in (model_path, card_path):
            if not path.is_file():
                raise RegistryError(f"there is no file '{path}'")

        def fill(path: Path, version: int) -> None:
            with model_path.open("rb") as model, card_path.open("rb") as card:
                write_private(path / "model.skops", model)
                write_private(path / "model-card.md", card)
            registered = ModelVersion(
                name=name, version=version, sweep_id=sweep_id, registered=_now(), facts=dict(facts)
            )
            record = registered.model_dump_json(exclude={"model_path", "card_path"}, indent=2)
            write_private(path / "version.json", BytesIO(f"{record}\n".encode()))

        folder.create()
        with folder.locked():
            return folder.add(fill)

    def promote(self, name: str, version: int, reason: str) -> Change:
        """Make a version the champion; RegistryError if it is the champion already or does not exist."""
        if not reason.strip():
            raise RegistryError("a promotion must have a reason, got none")
        promoted = self.version(name, version)
        folder = self._folder(name)
        with folder.locked():
            if _champion_version(folder) == version:
                raise RegistryError(f"version {version} of '{name}' is the champion already")
            return _set_champion(folder, "promote", promoted, reason)

    def rollback(self, name: str) -> Change:
        """Make the previous champion the champion again; RegistryError if there was none.

        Champions that were rolled back do not count: after 1, 2, 3, two rollbacks lead to 1.
        """
        folder = self._folder(name)
        if _champion_version(folder) is None:
            self.check_known(name)
            raise RegistryError(f"'{name}' has no champion to roll back")
        with folder.locked():
            *_, last = champions = _champions(folder)
            if len(champions) < 2:
                raise RegistryError(f"'{name}' has had no champion before version {last}")
            previous = self.version(name, champions[-2])
            return _set_champion(folder, "rollback", previous, f"back from version {last}")

    def champion(self, name: str) -> ModelVersion | None:
        """The version in use; None if there is none."""
        version = _champion_version(self._folder(name))
        return None if version is None else self.version(name, version)

    def version(self, name: str, version: int) -> ModelVersion:
        """One version; RegistryError if there is none of that number."""
        folder = self._folder(name)
        path = folder.path / str(version)
        try:
            record = ModelVersion.model_validate_json((path / "version.json").read_bytes())
        except FileNotFoundError as error:
            self.check_known(name)
            known = ", ".join(map(str, folder.versions()))
            raise RegistryError(f"there is no version {version} of '{name}'; it has {known}") from error
        except ValidationError as error:
            raise RegistryError(
                f"'{path / 'version.json'}' is damaged: restore it, or delete {path}"
            ) from error
        paths = {"model_path": str(path / "model.skops"), "card_path": str(path / "model-card.md")}
        return record.model_copy(update=paths)

    def versions(self, name: str) -> list[ModelVersion]:
        """All versions, the oldest first; empty if there is no such model."""
        return [self.version(name, number) for number in self._folder(name).versions()]

    def history(self, name: str) -> list[Change]:
        """Every change of the champion, the oldest first; empty if there has been none."""
        folder = self._folder(name)
        if _champion_version(folder) is None:
            return []
        with folder.locked():
            return _history(folder)

    def names(self) -> list[str]:
        """The names of the models that have a version, in alphabetical order."""
        folders = [path.name for path in self._path.iterdir()] if self._path.is_dir() else []
        return sorted(name for name in folders if is_name(name) and self._folder(name).versions())

    def check_known(self, name: str) -> None:
        """RegistryError if no version of such a model is registered."""
        if not self._folder(name).versions():
            # the package that reads tables is slow to import, and only this message needs it
            from sweepflow.fields.nearest import did_you_mean

            raise RegistryError(f"there is no model '{name}': {did_you_mean(name, self.names())}")

    def load(self, name: str, *, trusted_modules: tuple[str, ...] = ()) -> Any:
        """The champion itself, loaded as by `load_model`; RegistryError if there is none."""
        champion = self.champion(name)
        if champion is None:
            self.check_known(name)
            raise RegistryError(f"'{name}' has no champion: promote one of its versions first")
        # scikit-learn takes a second to import, and only loading needs it
        from sweepflow.models.model_file import load_model

        return load_model(champion.model_path, trusted_modules=trusted_modules)

    def _folder(self, name: str) -> ModelFolder:
        if not is_name(name):
            rule = f"letters, digits, '.', '_' and '-', a letter or digit first, at most {_LONGEST_NAME}"
            raise RegistryError(f"a model's name must consist of {rule}, got {name[: _LONGEST_NAME + 1]!r}")
        return ModelFolder(self._path / name)


def is_name(name: str) -> bool:
    """Whether a model may have this name."""
    return len(name) <= _LONGEST_NAME and _NAME.fullmatch(name) is not None


def _set_champion(
    folder: ModelFolder, action: Literal["promote", "rollback"], to: ModelVersion, why: str
) -> Change:
    change = Change(time=_now(), action=action, version=to.version, reason=why, sweep_id=to.sweep_id)
    folder.set_champion(change.model_dump_json())
    return change


def _champion_version(folder: ModelFolder) -> int | None:
    line = folder.champion()
    return None if line is None else _parse_change(folder, line).version


def _history(folder: ModelFolder) -> list[Change]:
    return [_parse_change(folder, line) for line in folder.history()]


def _champions(folder: ModelFolder) -> list[int]:
    """The versions that rollbacks go back through, the present champion last."""
    champions: list[int] = []
    for change in _history(folder):
        if change.action == "rollback":
            champions.pop()
        else:
            champions.append(change.version)
    return champions


def _parse_change(folder: ModelFolder, line: str) -> Change:
    try:
        return Change.model_validate_json(line)
    except ValidationError as error:
        raise RegistryError(f"a champion recorded in '{folder.path}' cannot be read: {line!r}") from error


def _now() -> datetime:
    return datetime.now(UTC)
