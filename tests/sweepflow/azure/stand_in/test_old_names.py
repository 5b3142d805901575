"""Scripts of the SDK's time use names that NumPy and scikit-learn have removed since."""

import os
from pathlib import Path

from sweepflow.training.command.stand_in import stand_in_variables
from v1_script import Done, run_script

NAMES = """
assert np.float(1) == 1.0 and np.int("3") == 3 and np.str(5) == "5" and np.object is object and np.bool(1)
assert np.array([1], dtype=np.float).dtype == np.float64 and np.NaN != np.NaN and np.Inf == float("inf")
assert np.asscalar(np.array([2])) == 2 and np.in1d([1, 2], [2]).tolist() == [False, True]
from sklearn.externals import joblib
import sklearn.externals.joblib as moved
import joblib as real
assert joblib is moved is real and real.__spec__.name == "joblib"
"""


def test_they_are_there_after_the_import_of_the_sdk_whichever_comes_first(tmp_path: Path) -> None:
    for imports in ("import numpy as np, azureml.core", "import azureml.core, numpy as np"):
        done = run_script(imports + NAMES, tmp_path)
        assert done.returncode == 0, done.stderr


def test_they_are_there_from_the_start_where_the_spec_says_so(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text("print('the other one')")
    variables = stand_in_variables(str(tmp_path / "site"), is_v1=True)
    done = run_script("import numpy as np" + NAMES, tmp_path, environment=variables)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "the other one\n"


def test_other_scripts_do_not_have_them(tmp_path: Path) -> None:
    done = run_script("import numpy as np; print(hasattr(np, 'float'))", tmp_path)
    assert done.stdout == "False\n"


def with_installed_sdk(text: str, tmp_path: Path, *, is_v1: bool) -> Done:
    """Run a script where another SDK is found after the stand-in."""
    site = tmp_path / "site"
    (site / "azureml" / "core").mkdir(parents=True, exist_ok=True)
    (site / "azureml" / "__init__.py").touch()
    (site / "azureml" / "core" / "__init__.py").write_text("from azureml.exceptions import VERSION")
    (site / "azureml" / "exceptions").mkdir(exist_ok=True)
    (site / "azureml" / "exceptions" / "__init__.py").write_text("VERSION = 'installed'")
    (site / "azureml" / "mlflow.py").write_text("FOUND = True")
    variables = stand_in_variables(None, is_v1=is_v1)
    path = f"{variables['PYTHONPATH']}{os.pathsep}{site}"
    return run_script(text, tmp_path, environment={**variables, "PYTHONPATH": path})


def test_an_installed_sdk_comes_first_unless_the_spec_says_otherwise(tmp_path: Path) -> None:
    text = "import azureml.core, azureml.mlflow as m; print(azureml.core.VERSION, m.FOUND)"
    assert with_installed_sdk(text, tmp_path, is_v1=False).stdout == "installed True\n"
    assert with_installed_sdk(text, tmp_path, is_v1=True).stdout == "1.60.0 True\n"
