"""Models that a notebook registers: files of a trial, kept under a name and a version.

They are not champions of Sweepflow's registry, which holds models that can be loaded without running code.
"""

import builtins
import json
import re
import shutil
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from sweepflow.azure.hyperdrive.refusal import NotebookError, cloud_only
from sweepflow.base.files import private_folder
from sweepflow.base.settings import home

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
_FACTS = "model.json"
_FILES = "files"


class Framework:
    """The names of frameworks, which are kept with a model."""

    CUSTOM = "Custom"
    KERAS = "Keras"
    ONNX = "Onnx"
    PYTORCH = "PyTorch"
    SCIKITLEARN = "ScikitLearn"
    TENSORFLOW = "TensorFlow"
    TFKERAS = "TfKeras"


class Model:
    """A registered model: the one with this name or ID, by default its newest version."""

    Framework = Framework

    def __init__(
        self,
        workspace: Any = None,
        name: str | None = None,
        id: str | None = None,
        *_: Any,
        version: int | None = None,
        **__: Any,
    ) -> None:
        asked, colon, number = (id or name or "").partition(":")
        self.folder = _version_folder(
            asked, version or (int(number) if colon and number.isdecimal() else None)
        )
        self.workspace = workspace
        facts = json.loads((self.folder / _FACTS).read_text())
        self.name: str = facts["name"]
        self.version: int = facts["version"]
        self.id = f"{self.name}:{self.version}"
        self.tags: dict[str, str] = facts["tags"]
        self.properties: dict[str, str] = facts["properties"]
        self.description: str | None = facts["description"]
        self.run_id: str | None = facts["run_id"]
        self.model_framework: str | None = facts["model_framework"]
        self.created_time = datetime.fromisoformat(facts["created"])

    @property
    def path(self) -> Path:
        """Its file; its folder if it has several."""
        (first, *others) = sorted((self.folder / _FILES).iterdir())
        return first if not others else self.folder / _FILES

    def download(self, target_dir: str | Path = ".", exist_ok: bool = False, **_: Any) -> str:
        """Copy it into the folder; the path of the copy."""
        target = Path(target_dir) / self.path.name
        if target.exists() and not exist_ok:
            raise NotebookError(f"'{target}' is there already: pass exist_ok=True to replace it")
        Path(target_dir).mkdir(parents=True, exist_ok=True)
        _copy(self.path, target)
        return str(target)

    def delete(self) -> None:
        """Delete this version."""
        shutil.rmtree(self.folder)

    @staticmethod
    def get_model_path(model_name: str, version: int | None = None, *_: Any, **__: Any) -> str:
        """The path of the model's file, or of its folder if it has several."""
        return str(Model(None, model_name, version=version).path)

    @staticmethod
    def list(
        workspace: Any = None,
        name: str | None = None,
        tags: Iterable[Any] | None = None,
        *_: Any,
        run_id: str | None = None,
        latest: bool = False,
        **__: Any,
    ) -> "list[Model]":
        """The registered models with this name, these tags and of this run, the newest first."""
        models = [
            Model(workspace, at.parent.name, version=int(at.name)) for at in _versions(name, latest=latest)
        ]
        wanted = [tuple(tag) if isinstance(tag, builtins.list | tuple) else (tag, None) for tag in tags or ()]
        chosen = [model for model in models if _has(model.tags, wanted) and run_id in (None, model.run_id)]
        return sorted(chosen, key=lambda model: model.created_time, reverse=True)

    @staticmethod
    def register(
        workspace: Any, model_path: str | Path, model_name: str, tags: Any = None, *_: Any, **more: Any
    ) -> "Model":
        """Register a local file or folder."""
        path = Path(model_path)
        if not path.exists():
            raise NotebookError(f"there is no file or folder '{path}' to register as model '{model_name}'")
        found = [path] if path.is_file() else sorted(at for at in path.rglob("*") if at.is_file())
        names = {
            f"{path.name}/{at.relative_to(path).as_posix()}" if at != path else path.name: at for at in found
        }
        return register(model_name, names, path.name, tags=tags, workspace=workspace, **more)

    @staticmethod
    def deploy(*_: Any, **__: Any) -> Any:
        """NotebookError."""
        raise cloud_only(
            "Model.deploy", "load the file that Model.get_model_path gives, and serve it as you like"
        )

    package = profile = deploy

    def __repr__(self) -> str:
        return f"Model(name={self.name}, id={self.id}, version={self.version}, tags={self.tags})"


def register(
    name: str,
    files: Mapping[str, Path],
    root: str,
    *,
    tags: Mapping[str, Any] | None = None,
    properties: Mapping[str, Any] | None = None,
    description: str | None = None,
    run_id: str | None = None,
    model_framework: str | None = None,
    workspace: Any = None,
    **_: Any,
) -> Model:
    """Keep the files as the next version of the model; `root` is the file or folder that was named."""
    if not _NAME.fullmatch(name):
        raise NotebookError(f"a model's name has letters, digits, '.', '_' and '-' only, got '{name}'")
    versions = private_folder(_models() / name)
    version = max((int(at.name) for at in _numbered(versions)), default=0) + 1
    partial = versions / ".partial"
    shutil.rmtree(partial, ignore_errors=True)
    for file_name, source in files.items():
        below = PurePosixPath(file_name).relative_to(PurePosixPath(root).parent)
        _copy(source, partial / _FILES / below)
    facts = {
        "name": name,
        "version": version,
        "tags": {key: str(value) for key, value in (tags or {}).items()},
        "properties": {key: str(value) for key, value in (properties or {}).items()},
        "description": description,
        "run_id": run_id,
        "model_framework": model_framework,
        "created": datetime.now(UTC).isoformat(),
    }
    (partial / _FACTS).write_text(json.dumps(facts))
    partial.rename(versions / str(version))
    return Model(workspace, name, version=version)


def _models() -> Path:
    return home() / "azure" / "models"


def _numbered(folder: Path) -> list[Path]:
    """The folders of the versions, ascending."""
    found = [at for at in folder.iterdir() if at.name.isdecimal()] if folder.is_dir() else []
    return sorted(found, key=lambda at: int(at.name))


def _versions(name: str | None, *, latest: bool) -> Iterable[Path]:
    named = [_models() / name] if name and _NAME.fullmatch(name) else []
    folders = named if name else (sorted(_models().iterdir()) if _models().is_dir() else [])
    for folder in folders:
        yield from _numbered(folder)[-1:] if latest else _numbered(folder)


def _version_folder(name: str, version: int | None) -> Path:
    versions = _numbered(_models() / name) if _NAME.fullmatch(name) else []
    chosen = [at for at in versions if version is None or int(at.name) == version]
    if not chosen:
        which = f"model '{name}'" if version is None else f"version {version} of model '{name}'"
        known = ", ".join(sorted({at.parent.name for at in _versions(None, latest=True)})) or "none"
        raise NotebookError(f"there is no {which}; registered models: {known}")
    return chosen[-1]


def _has(tags: Mapping[str, str], wanted: Iterable[tuple[Any, ...]]) -> bool:
    return all(key in tags and value in (None, tags[key]) for key, value in wanted)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
        return
    private_folder(target.parent)
    shutil.copyfile(source, target)
