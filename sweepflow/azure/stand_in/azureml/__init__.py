"""Stands in for the Azure Machine Learning SDK v1 where that is not installed.

Scripts and notebooks written for that SDK run on this machine with it: what they log goes to the sweep, and
the data sets that they ask for are local files. Importing it loads nothing beyond Python's own library.
"""

from pkgutil import extend_path

from azureml._absent import find_absent_modules
from azureml._installed import put_installed_first
from azureml._old_names import restore_old_names

_STAND_IN = __path__[0]

# Another distribution may bring further modules of this name, such as azureml-mlflow.
__path__ = put_installed_first(extend_path(__path__, __name__), stand_in=_STAND_IN)

if _STAND_IN in __path__:
    find_absent_modules()
    restore_old_names()
