"""Stands in for the Azure Machine Learning SDK v1 where that is not installed.

Scripts and notebooks written for that SDK run on this machine with it: what they log goes to the sweep, and
the data sets that they ask for are local files. Importing it loads nothing beyond Python's own library.
"""

from azureml._installed import package_folders

_STAND_IN = __path__[0]

# Another distribution may bring further modules of this name, such as azureml-mlflow.
__path__ = package_folders(_STAND_IN)

if _STAND_IN in __path__:
    # Not before: what they import, such as azureml.exceptions, would hide the same of an installed SDK.
    from azureml._absent import find_absent_modules
    from azureml._old_names import restore_old_names

    find_absent_modules()
    restore_old_names()
