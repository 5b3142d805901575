"""Python imports this at its start in a trial with `azureml: v1`, then the one of that name that it hides."""

import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path

import azureml  # noqa: F401  # restores old names before the script uses one

_FOLDER = Path(__file__).parent

_hidden = PathFinder.find_spec(__name__, [entry for entry in sys.path if Path(entry) != _FOLDER])
if _hidden is not None and _hidden.loader is not None:
    _module = module_from_spec(_hidden)
    sys.modules[__name__] = _module
    _hidden.loader.exec_module(_module)
