"""Which local files stand for the data sets that a script asks for by name, URL or path in a datastore."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from azureml._trial import metrics_path
from azureml.exceptions import DataNotMapped


def inputs() -> dict[str, str]:
    """The sweep's inputs: by name, the value as text or the absolute path of a local file or folder."""
    return {
        str(name): str(value)
        for name, value in json.loads(os.environ.get("SWEEPFLOW_INPUTS") or "{}").items()
    }


def find_input(*names: str) -> Path | None:
    """The file or folder of the first of these names that is an input, None if none is.

    Case, spaces and punctuation make no difference where no input has exactly that name.
    """
    given = {name: Path(value) for name, value in inputs().items()}
    alike = {_letters(name): path for name, path in given.items()}
    return next((found for name in names if (found := given.get(name) or alike.get(_letters(name)))), None)


def local_path(source: str) -> Path:
    """The file or folder that stands for a URL, a path in a datastore, or a path as it is if it exists here.

    An input may have the whole text as its name, or its last part.
    """
    found = _find_source(source)
    if found is not None:
        return found
    if "://" not in source and Path(source).exists():
        return Path(source)
    raise source_not_mapped(source)


def find_input_to_read(source: str) -> Path | None:
    """The file or folder that stands for a URL or for a file that is not there, None if none does."""
    return None if os.path.exists(source) else _find_source(source)  # noqa: PTH110 (the text may be no path)


def _find_source(source: str) -> Path | None:
    names = [source, source.partition("?")[0], _last_part(source)]
    return find_input(*(name for name in names if name))


def source_not_mapped(source: str) -> DataNotMapped:
    """The error for a URL or a path, of which it tells the last part alone."""
    return not_mapped(_last_part(source) or source)


def not_mapped(name: str) -> DataNotMapped:
    """The error that says how to map a data set to a local file."""
    known = ", ".join(sorted(inputs())) or "none"
    if metrics_path() is None:  # a notebook, or a script that runs by itself
        instead = f"call sweepflow.azure.v1.map_input({name!r}, PATH) before (mapped so far: {known})"
    else:
        option = shlex.quote(f"{name}=PATH")
        instead = f"give it with `sweepflow run SPEC.yml --input {option}` (inputs of this trial: {known})"
    return DataNotMapped(f"no local file stands for the data set '{name}': {instead}")


def _last_part(source: str) -> str:
    """The name of its file, or of the folder that a pattern such as `images/**` takes files from."""
    parts = PurePosixPath(urlsplit(source).path if "://" in source else source).parts
    return unquote(next((part for part in reversed(parts) if "*" not in part), ""))


def _letters(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum()) or name
