"""The table that `real_tables.py` prints: each score's mean over the splits, and what ours is better by."""

import statistics
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import t

OURS, SEARCH = "sweepflow", "random search"
DEFAULTS = ("hist gradient boosting", "random forest", "linear")
MODELS = (OURS, SEARCH, *DEFAULTS)

Scores = dict[tuple[str, int, str], dict[str, Any]]
"""What is known of each table, split and model: the score, the seconds, ..."""

_SHARE = 0.2 / 0.8
"""Test rows by training rows."""


class Difference(NamedTuple):
    """The mean over the splits of what ours is better by, and its 95 % interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:+.4f} ({self.low:+.4f} to {self.high:+.4f})"


def difference(ours: list[float], theirs: list[float]) -> Difference:
    """By the t-test for resampled splits (Nadeau and Bengio 2003); two splits or more."""
    differences = np.subtract(ours, theirs)
    n, mean = len(differences), float(differences.mean())
    half = float(t.ppf(0.975, n - 1) * np.sqrt((1 / n + _SHARE) * differences.var(ddof=1)))
    return Difference(mean, mean - half, mean + half)


def summary(known: Scores, names: list[str], splits: int) -> str:
    """The table in Markdown, of those that every model has been scored on, and the counts below it."""
    whole = [n for n in names if all((n, seed, m) in known for seed in range(splits) for m in MODELS)]
    rows = {name: _row(known, name, splits) for name in whole}
    lines = [
        "| table | rows | metric | Sweepflow | best defaults | better by | better than search by | s |",
        "|---|---|---|---|---|---|---|---|",
        *(line for line, _, _ in rows.values()),
        "",
    ]
    for peer, column in (("the best defaults", 1), ("random search", 2)):
        found = [row[column] for row in rows.values()]
        behind, above = (sum(map(test, found)) for test in (lambda d: d.high < 0, lambda d: d.low > 0))
        ahead = sum(each.mean > 0 for each in found)
        counts = (
            f"ahead on {ahead} of {len(found)}, significantly on {above}, significantly behind on {behind}"
        )
        lines.append(f"against {peer}: {counts}")
    return "\n".join(lines)


def _row(known: Scores, name: str, splits: int) -> tuple[str, Difference, Difference]:
    scores = {model: [known[name, seed, model]["score"] for seed in range(splits)] for model in MODELS}
    best = max(DEFAULTS, key=lambda model: statistics.mean(scores[model]))
    to_best, to_search = (difference(scores[OURS], scores[model]) for model in (best, SEARCH))
    seconds = [
        statistics.median(known[name, seed, model]["seconds"] for seed in range(splits))
        for model in (OURS, SEARCH)
    ]
    first = known[name, 0, OURS]
    cells = [name, first["rows"], first["metric"], f"{statistics.mean(scores[OURS]):.4f}"]
    cells += [f"{statistics.mean(scores[best]):.4f} ({best})", to_best, to_search]
    cells += [f"{seconds[0]:.0f}, {seconds[1]:.0f}"]
    return f"| {' | '.join(map(str, cells))} |", to_best, to_search
