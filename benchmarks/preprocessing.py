"""What preparing the columns costs: a trial on a wide table of categories beside a plain script.

The table is made: as large as the diabetes readmissions of 130 hospitals, 101,766 rows of 49 columns, of
which 37 are text of 2 to 790 categories, some with gaps. A trial reads its rows, prepares the columns, fits
and scores the validation rows. The script does the same, but for the reading, as one writes it by hand:
pandas categories for gradient boosting (the 254 commonest of a column), codes for a forest, one-hot columns
and scaled numbers for logistic regression. Both have one thread, and alternate. Prints the least processor
seconds of each, how many times the script's the trial takes, and the AUC of both.

    python benchmarks/preprocessing.py [--rows 101766] [--rounds 3] [--estimators HistGradientBoosting ...]
"""

import argparse
import os
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from script_output import conditions
from sweepflow.data.prepare import DataSource, PreparedData, Validation, prepare
from sweepflow.data.prepared import features_and_target, load_part
from sweepflow.metrics.scorers import objective_of
from sweepflow.training import EstimatorTrial
from sweepflow.training.arrays import _arrays
from sweepflow.training.job import Job

LIMIT = 2.0
SIZES = (*[2] * 4, *[3] * 14, *[4] * 9, 6, 8, 10, 10, 17, 26, 72, 700, 750, 790)
N_NUMBERS = 12
MOST_NATIVE = 254

Rows = tuple[pd.DataFrame, Any]


def wide(n_rows: int) -> pd.DataFrame:
    """The table, in which every column tells a little of `readmitted`."""
    generator = np.random.default_rng(0)
    columns: dict[str, Any] = {}
    score = np.zeros(n_rows)
    for number, size in enumerate(SIZES):
        share = 1 / np.arange(1, size + 1) ** 1.3
        codes = generator.choice(size, n_rows, p=share / share.sum())
        score += generator.normal(0, 0.3, size)[codes]
        text = np.array([f"v{code}" for code in range(size)], dtype=object)[codes]
        columns[f"text{number}"] = np.where((generator.random(n_rows) < 0.1) & (number % 5 == 0), None, text)
    for number in range(N_NUMBERS):
        values = generator.integers(0, 60, n_rows).astype(float)
        score += 0.01 * values
        is_missing = (generator.random(n_rows) < 0.05) & (number % 3 == 0)
        columns[f"number{number}"] = np.where(is_missing, np.nan, values)
    is_positive = score - np.median(score) + generator.logistic(0, 1, n_rows) > 0
    return pd.DataFrame({**columns, "readmitted": np.where(is_positive, "yes", "no")})


def with_categories(estimator: Any, train: Rows, held_out: pd.DataFrame) -> Any:
    table, held_out = train[0].copy(), held_out.copy()
    for name in table.select_dtypes(exclude="number"):
        common = table[name].value_counts().index[:MOST_NATIVE]
        for each in (table, held_out):
            each[name] = pd.Categorical(each[name], categories=common)
    return estimator.fit(table, train[1]).predict_proba(held_out)


def with_codes(estimator: Any, train: Rows, held_out: pd.DataFrame) -> Any:
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    numbers = make_column_selector(dtype_include="number")
    text = make_column_selector(dtype_exclude="number")
    model = make_pipeline(make_column_transformer((codes, text), ("passthrough", numbers)), estimator)
    return model.fit(*train).predict_proba(held_out)


def with_one_hot(estimator: Any, train: Rows, held_out: pd.DataFrame) -> Any:
    scaled = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    numbers = make_column_selector(dtype_include="number")
    text = make_column_selector(dtype_exclude="number")
    one_hot = OneHotEncoder(handle_unknown="ignore")
    model = make_pipeline(make_column_transformer((one_hot, text), (scaled, numbers)), estimator)
    return model.fit(*train).predict_proba(held_out)


def estimators() -> dict[str, tuple[str, dict[str, Any], Callable[[], Any], Callable[..., Any]]]:
    """By name: its path and parameters in a spec, how to make it, and how a script fits it."""
    forest = {"n_estimators": 50, "random_state": 0}
    linear = {"max_iter": 300}
    found: dict[str, Any] = {
        "HistGradientBoosting": (
            "sklearn.ensemble.HistGradientBoostingClassifier",
            {"random_state": 0},
            HistGradientBoostingClassifier,
            with_categories,
        ),
        "RandomForest": (
            "sklearn.ensemble.RandomForestClassifier",
            forest,
            RandomForestClassifier,
            with_codes,
        ),
        "LogisticRegression": (
            "sklearn.linear_model.LogisticRegression",
            linear,
            LogisticRegression,
            with_one_hot,
        ),
    }
    if find_spec("lightgbm"):
        from lightgbm import LGBMClassifier

        quiet = {"verbose": -1, "n_jobs": 1}
        found["LightGBM"] = ("lightgbm.LGBMClassifier", quiet, LGBMClassifier, with_categories)
    return found


def trial_seconds(path: str, parameters: dict[str, Any], data: PreparedData) -> tuple[float, float]:
    """The processor seconds of a trial, and its value."""
    trial = EstimatorTrial(estimator=path, parameters=parameters)
    metric = "roc_auc"
    job = Job(parameters={}, data=data, objective=objective_of(metric), metrics=(metric,))
    values: list[float] = []
    _arrays.cache_clear()  # a worker keeps the last prepared columns for the next trial
    began = time.process_time()
    trial.train(job, lambda metrics: values.append(float(metrics[metric])))  # type: ignore[arg-type]
    return time.process_time() - began, values[0]


def script_seconds(fit: Callable[..., Any], estimator: Any, data: PreparedData) -> tuple[float, float]:
    """The processor seconds of the script, and its value."""
    train, (held_out, truth) = (
        features_and_target(load_part(data.folder, part), data) for part in ("train", "validation")
    )
    began = time.process_time()
    probabilities = fit(estimator, train, held_out)
    value = roc_auc_score(truth == "yes", probabilities[:, 1])
    return time.process_time() - began, float(value)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=101_766)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--estimators", nargs="*", default=None, choices=list(estimators()))
    options = arguments.parse_args()
    warnings.simplefilter("ignore")
    libraries = ["scikit-learn", "pandas", "numpy", *(["lightgbm"] if find_spec("lightgbm") else [])]
    print(conditions(*libraries).line)
    print(f"{'':22} {'trial s':>8} {'script s':>8} {'times':>6} {'AUC':>7} {'AUC':>7}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "wide.csv")
        wide(options.rows).to_csv(path, index=False)
        source = DataSource(path=str(path), target="readmitted")
        data = prepare(source, Validation(), Path(folder), is_classifier=True)
        for name in options.estimators or estimators():
            spec_path, parameters, make, fit = estimators()[name]
            both = [
                (trial_seconds(spec_path, parameters, data), script_seconds(fit, make(**parameters), data))
                for _ in range(options.rounds)
            ]
            (trial, value), (script, plain) = (min(each) for each in zip(*both, strict=True))
            times = trial / script
            note = "" if times <= LIMIT else f"  more than {LIMIT:g}"
            print(
                f"{name:22} {trial:8.2f} {script:8.2f} {times:6.2f} {value:7.4f} {plain:7.4f}{note}",
                flush=True,
            )


if __name__ == "__main__":
    main()
