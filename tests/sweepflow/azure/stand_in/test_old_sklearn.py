"""Scripts of the SDK's time call scikit-learn and pandas as they were then; the log tells what is changed."""

from pathlib import Path

import pytest

from sweepflow.training.command.stand_in import imports_sdk, stand_in_variables
from v1_script import run_script


def test_estimators_take_their_old_arguments(tmp_path: Path) -> None:
    done = run_script(
        """
        import azureml.core
        from sklearn.base import clone
        from sklearn.datasets import load_iris
        from sklearn.ensemble import AdaBoostClassifier, GradientBoostingRegressor, RandomForestClassifier
        from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
        from sklearn.preprocessing import OneHotEncoder
        from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
        X, y = load_iris(return_X_y=True)
        for model in (
            RandomForestClassifier(max_features="auto", n_estimators=3),
            DecisionTreeRegressor(criterion="mse", max_features="auto"),
            GradientBoostingRegressor(loss="ls", n_estimators=3),
            SGDClassifier(loss="log"),
            AdaBoostClassifier(base_estimator=DecisionTreeClassifier(max_depth=1), algorithm="SAMME.R"),
            LinearRegression(normalize=False),
            LogisticRegression(multi_class="auto", max_iter=1000),
        ):
            assert clone(model).fit(X, y).predict(X).shape == (150,)
        assert OneHotEncoder(sparse=False).fit_transform([["a"], ["b"]]).tolist() == [[1, 0], [0, 1]]
        assert "multi_class" not in LogisticRegression().get_params()
        try:
            LinearRegression(normalize=True)
        except TypeError as error:
            print(error)
        """,
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "note: RandomForestClassifier(max_features='auto') is max_features='sqrt' now" in done.stdout
    assert "note: LogisticRegression has no argument multi_class any more" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("unexpected keyword argument 'normalize'")


def test_liblinear_tells_several_classes_apart_one_versus_rest(tmp_path: Path) -> None:
    done = run_script(
        """
        import azureml.core
        import numpy as np
        from sklearn.datasets import load_iris
        from sklearn.linear_model import LogisticRegression
        from sklearn.multiclass import OneVsRestClassifier
        X, y = load_iris(return_X_y=True)
        model = LogisticRegression(C=0.5, solver="liblinear", multi_class="auto", random_state=42).fit(X, y)
        other = OneVsRestClassifier(LogisticRegression(C=0.5, solver="liblinear", random_state=42)).fit(X, y)
        assert np.allclose(model.predict_proba(X), other.predict_proba(X))
        assert (model.predict(X) == other.predict(X)).all() and model.coef_.shape == (3, 4)
        assert LogisticRegression(solver="liblinear").fit(X[:100], y[:100]).coef_.shape == (1, 4)
        """,
        tmp_path,
    )
    assert done.returncode == 0, done.stderr


def test_metrics_and_frames_have_their_old_ways(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,\n3,4\n")
    done = run_script(
        """
        import azureml.core
        import pandas as pd
        from sklearn.metrics import mean_squared_error
        assert mean_squared_error([0, 0], [2, 2], squared=False) == 2
        assert mean_squared_error([0, 0], [2, 2]) == 4
        frame = pd.read_csv("https://example.org/a.csv?raw=true")
        assert frame.append({"a": 5, "b": 6}, ignore_index=True).a.tolist() == [1, 3, 5]
        assert frame.append(frame).shape == (4, 2) and frame.a.append(frame.b).shape == (4,)
        assert list(frame.drop("a", 1)) == ["b"] and frame.drop(0).shape == (1, 2)
        assert frame.fillna(method="bfill").b.tolist() == [4, 4] and frame.fillna(0).b.tolist() == [0, 4]
        assert pd.Series(["a", "b"], dtype=object).replace({"a": 0, "b": 1}).dtype == "int64"
        mixed = pd.DataFrame({"a": [1, 3], "t": ["x", "y"]})
        assert mixed.mean().to_dict() == {"a": 2} and mixed.corr().shape == (1, 1)
        assert pd.get_dummies(mixed.t).dtypes.astype(str).tolist() == ["uint8", "uint8"]
        assert frame.applymap(lambda x: x * 2).a.tolist() == [2, 6]
        assert [name for name, column in frame.iteritems()] == ["a", "b"]
        """,
        tmp_path,
        inputs={"a.csv": tmp_path / "a.csv"},
    )
    assert done.returncode == 0, done.stderr
    assert f"note: https://example.org/a.csv is read from {tmp_path / 'a.csv'}" in done.stdout


@pytest.mark.parametrize(
    ("command", "is_found"),
    [
        ("python train.py --C 1", True),
        ("python ./src/train.py", True),
        ("python -m src.train", True),
        ("python plain.py", False),
        ("python missing.py", False),
        ("bash run.sh", False),
    ],
)
def test_a_script_that_imports_the_sdk_is_known_by_its_text(
    command: str, is_found: bool, tmp_path: Path
) -> None:
    (tmp_path / "src").mkdir()
    for name in ("train.py", "src/train.py"):
        (tmp_path / name).write_text("import sklearn\nif True:\n    from azureml.core import Run\n")
    (tmp_path / "plain.py").write_text("# from azureml.core import Run\nimport azureml_other\n")
    assert imports_sdk(command, tmp_path) is is_found
    assert not imports_sdk(command, None)


def test_names_are_restored_before_a_script_that_imports_the_sdk_begins(tmp_path: Path) -> None:
    text = """
    import numpy as np
    from sklearn.metrics import mean_squared_error
    x = np.float(1)
    from azureml.core import Run
    assert mean_squared_error([0, 0], [2, 2], squared=False) == 2
    """
    variables = stand_in_variables(None, is_v1=False, imports_sdk=True)
    done = run_script(text, tmp_path, environment=variables)
    assert done.returncode == 0, done.stderr
