"""A model in MLflow's format: the skops file and an MLmodel file, loaded by Sweepflow, without pickle."""

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
        warnings.simplefilter("ignore")  # MLflow warns about its own type hints when it is imported
        pyfunc.save_model(
            str(target),
            loader_module=__name__,
            data_path=str(model_path),
            # Without this list, MLflow would load the model in another process to infer it.
            pip_requirements=[f"{library}=={version(library)}" for library in _LIBRARIES],
            # The reader names the modules to trust, load_model(uri, model_config=...); the file never does.
            model_config={_TRUSTED: []},
        )
    return target


def _load_pyfunc(path: str, model_config: Mapping[str, Any] | None = None) -> Any:
    """Load the model; MLflow calls this function of a loader module."""
    return load_model(path, trusted_modules=tuple((model_config or {}).get(_TRUSTED, ())))
