"""The boosting libraries by themselves, as one uses them who has read a file with pandas."""

import warnings
from itertools import product
from pathlib import Path
from typing import Any

import catboost
import lightgbm
import numpy as np
import pandas as pd
import xgboost
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold

N_ROWS = {"train": 120, "validation": 40, "test": 40}
TARGETS = ("label", "kind", "amount")
METRICS = {"label": "roc_auc", "kind": "accuracy", "amount": "r2"}
CATEGORIES = ["city", "shop"]
SEED = 5

CLASSES = {
    "xgboost": (xgboost.XGBClassifier, xgboost.XGBRegressor),
    "lightgbm": (lightgbm.LGBMClassifier, lightgbm.LGBMRegressor),
    "catboost": (catboost.CatBoostClassifier, catboost.CatBoostRegressor),
}
QUIET: dict[str, dict[str, Any]] = {
    "xgboost": {"n_jobs": 1, "enable_categorical": True},
    "lightgbm": {"n_jobs": 1, "verbose": -1},
    "catboost": {"thread_count": 1, "verbose": False, "allow_writing_files": False},
}
SPACE = {"learning_rate": [0.1, 0.3], "max_depth": [2, 4]}
GRID = [dict(zip(SPACE, values, strict=True)) for values in product(*SPACE.values())]
"""In the order in which a grid draws them."""


def path_of(library: str, target: str) -> str:
    """The estimator of a spec for this target."""
    return f"{library}.{CLASSES[library][target == 'amount'].__name__}"


def write_parts(folder: Path) -> None:
    """A file for each part; gaps, text with spaces, booleans, and numbers, between each other."""
    generator = np.random.default_rng(3)
    n = sum(N_ROWS.values())
    size = generator.normal(size=n)
    city = generator.choice(["Rome", "Oslo", "New York", None], n, p=[0.4, 0.3, 0.2, 0.1])
    shop = generator.choice([*"abcdef"], n)
    noisy = size + generator.normal(0, 0.7, n) + 0.8 * (city == "Rome") + 0.5 * (shop == "b")
    table = pd.DataFrame(
        {
            "city": city,
            "size": np.where(generator.random(n) < 0.1, np.nan, size.round(3)),
            "is_new": generator.choice([True, False], n),
            "rooms": generator.integers(1, 9, n),
            "shop": shop,
            "weight": generator.normal(50, 9, n).round(2),
            "label": np.where(noisy > 0, "stays on", "leaves"),
            "kind": np.select([noisy < -0.6, noisy < 0.6], ["small one", "medium"], "large"),
            "amount": np.exp(noisy / 2).round(4),
        }
    )
    ends = np.cumsum(list(N_ROWS.values()))[:-1]
    for part, rows in zip(N_ROWS, np.split(np.arange(n), ends), strict=True):
        table.iloc[rows].to_csv(folder / f"{part}.csv", index=False)


def source(folder: Path, target: str) -> dict[str, Any]:
    """The `data` of a spec."""
    files = {part: str(folder / f"{part}.csv") for part in N_ROWS}
    return {**files, "target": target, "drop": [name for name in TARGETS if name != target]}


class Loop:
    """Fits and scores by the library alone, on the rows of the files."""

    def __init__(self, library: str, folder: Path, target: str, *, is_log: bool = False) -> None:
        """With `is_log` it learns `log1p` of the target."""
        self.library, self.is_log = library, is_log
        tables = {part: pd.read_csv(folder / f"{part}.csv") for part in N_ROWS}
        self.labels = None if target == "amount" else np.unique(tables["train"][target])
        self.truth = {part: self._numbers(table[target]) for part, table in tables.items()}
        self.rows = {part: table.drop(columns=[*TARGETS]) for part, table in tables.items()}
        self.both = pd.concat([self.rows["train"], self.rows["validation"]], ignore_index=True)
        self.both_truth = np.concatenate([self.truth["train"], self.truth["validation"]])

    def value(self, parameters: dict[str, Any]) -> tuple[float, int]:
        """On the validation rows, of the rounds that the library keeps; and these."""
        model = self.fit(parameters, self.rows["train"], self.truth["train"], self.rows["validation"])
        answers = self.answers(model, self.rows["validation"], self.rows["train"], n := kept_rounds(model))
        return self._metric(self.truth["validation"], answers), n

    def values_by_step(self, parameters: dict[str, Any], step: int, n_steps: int) -> list[float]:
        """On the validation rows, of so many models that do not stop early, each larger by a step."""
        plain = {name: value for name, value in parameters.items() if name != "early_stopping_rounds"}
        return [self.value({**plain, "n_estimators": step * n})[0] for n in range(1, n_steps + 1)]

    def over_folds(self, parameters: dict[str, Any], n_folds: int) -> tuple[float, int]:
        """The mean over the folds of the training and validation rows, and the mean of their rounds."""
        splitter = KFold if self.labels is None else StratifiedKFold
        folds = splitter(n_folds, shuffle=True, random_state=SEED).split(self.both, self.both_truth)
        values, kept = [], []
        for train, held_out in folds:
            rows, others = self.both.iloc[train], self.both.iloc[held_out]
            model = self.fit(parameters, rows, self.both_truth[train], others, self.both_truth[held_out])
            kept.append(kept_rounds(model))
            values.append(
                self._metric(self.both_truth[held_out], self.answers(model, others, rows, kept[-1]))
            )
        return float(np.mean(values)), round(np.mean(kept))

    def refitted(self, parameters: dict[str, Any], n_rounds: int) -> Any:
        """The answers for the test rows of a model of all other rows, of so many rounds."""
        plain = {name: value for name, value in parameters.items() if name != "early_stopping_rounds"}
        model = self.fit({**plain, "n_estimators": n_rounds}, self.both, self.both_truth)
        return self.answers(model, self.rows["test"], self.both, n_rounds)

    def fit(
        self, parameters: dict[str, Any], rows: Any, truth: Any, others: Any = None, others_truth: Any = None
    ) -> Any:
        """The library's model of these rows, which may stop early by the others."""
        parameters = {**QUIET[self.library], **parameters}
        given: dict[str, Any] = {"cat_features": CATEGORIES} if self.library == "catboost" else {}
        if "early_stopping_rounds" in parameters:
            others_truth = self.truth["validation"] if others_truth is None else others_truth
            others_truth = np.log1p(others_truth) if self.is_log else others_truth
            given["eval_set"] = [(self._features(others, rows), others_truth)]
            given |= {} if self.library == "lightgbm" else {"verbose": False}
        model = CLASSES[self.library][self.labels is None](**parameters)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return model.fit(self._features(rows, rows), np.log1p(truth) if self.is_log else truth, **given)

    def answers(self, model: Any, rows: Any, trained_on: Any, n_rounds: int) -> Any:
        """Numbers, or the probability of each class."""
        upto = {
            "xgboost": {"iteration_range": (0, n_rounds)},
            "lightgbm": {"num_iteration": n_rounds},
            "catboost": {"ntree_end": n_rounds},
        }[self.library]
        predict = model.predict if self.labels is None else model.predict_proba
        answers = predict(self._features(rows, trained_on), **upto)
        return np.expm1(answers) if self.is_log else answers

    def _metric(self, truth: Any, answers: Any) -> float:
        if self.labels is None:
            return float(r2_score(truth, answers))
        if len(self.labels) == 2:
            return float(roc_auc_score(truth, answers[:, 1]))
        return float(accuracy_score(truth, answers.argmax(axis=1)))

    def _numbers(self, column: Any) -> Any:
        return column.to_numpy() if self.labels is None else np.searchsorted(self.labels, column)

    def _features(self, rows: Any, trained_on: Any) -> Any:
        if self.library == "catboost":
            return rows.fillna(dict.fromkeys(CATEGORIES, "nothing"))
        known = {name: sorted(trained_on[name].dropna().unique()) for name in CATEGORIES}
        return rows.assign(**{name: pd.Categorical(rows[name], known[name]) for name in CATEGORIES})


def kept_rounds(model: Any) -> int:
    """How many rounds the library keeps."""
    if isinstance(model, xgboost.XGBModel):
        return int(getattr(model, "best_iteration", model.get_booster().num_boosted_rounds() - 1)) + 1
    if isinstance(model, lightgbm.LGBMModel):
        return int(model.best_iteration_ or model.booster_.current_iteration())
    return int(model.tree_count_)
