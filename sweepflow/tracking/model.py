"""A model file in MLflow's form: its skops file beside an MLmodel, loaded by Sweepflow, without pickle."""

import warnings
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sweepflow.models.model_file import load_model

_LIBRARIES = ("sweepflow", "scikit-learn", "pandas", "numpy", "skops")
_TRUSTED = "trusted_modules"


def write_model(model_path: Path, target: Path) -> Path:
    """Write the folder that `mlflow.pyfunc.load_model` reads; gives its path."""
    from mlflow import pyfunc

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of its own type hints when this is imported at last
        pyfunc.save_model(
            str(target),
            loader_module=__name__,
            data_path=str(model_path),
            # Given, so that MLflow does not load the model in another process to find them.
            pip_requirements=[f"{library}=={version(library)}" for library in _LIBRARIES],
            # Modules whose types the reader trusts: load_model(uri, model_config=...) says, never the file.
            model_config={_TRUSTED: []},
        )
    return target


def _load_pyfunc(path: str, model_config: Mapping[str, Any] | None = None) -> Any:
    """The model, for MLflow, which asks a loader module for this function."""
    return load_model(path, trusted_modules=tuple((model_config or {}).get(_TRUSTED, ())))
