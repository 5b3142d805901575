"""How often the 95 % intervals of the metrics hold the true value, by simulation.

    python benchmarks/coverage.py                          # the table, about half an hour on one core
    python benchmarks/coverage.py --samples 200 --rows 60  # a first look

Each situation is a model and a population. Of it many test sets are drawn, an interval is made for each as
`sweepflow run` makes it, and counted is whether it holds the metric's value in the population. With 1,000
test sets the standard error of a share of 95 % is 0.7 points.
"""

import argparse
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sweepflow.data.roles import Roles
from sweepflow.metrics import Metric
from sweepflow.metrics.intervals import Sample, bounds

Generator = np.random.Generator
Draw = Callable[[Generator, int], Sample]
"""Draws a test set of so many rows."""

_POPULATION = 400_000
_ALPHA = 0.8  # how much of a step a series in time keeps


class Situation(NamedTuple):
    """What is simulated."""

    name: str
    metric: str
    draw: Draw


def labels(rare: float, recall: float, specificity: float) -> Draw:
    """Two classes, and a model that is right on the rare one and on the other one this often."""

    def draw(generator: Generator, n_rows: int) -> Sample:
        truth = (generator.random(n_rows) < rare).astype(int)
        is_right = generator.random(n_rows) < np.where(truth == 1, recall, specificity)
        return Sample(truth, np.where(is_right, truth, 1 - truth))

    return draw


def three_labels(generator: Generator, n_rows: int) -> Sample:
    """Three classes of unequal size, of which a model takes one in seven rows for another."""
    truth = generator.choice(3, n_rows, p=[0.6, 0.3, 0.1])
    other = (truth + generator.integers(1, 3, n_rows)) % 3
    return Sample(truth, np.where(generator.random(n_rows) < 0.86, truth, other))


def scores(rare: float, distance: float) -> Draw:
    """Two classes whose scores are normal, so many standard deviations apart."""

    def draw(generator: Generator, n_rows: int) -> Sample:
        truth = (generator.random(n_rows) < rare).astype(int)
        truth[:2] = 0, 1  # without both classes there is no AUC
        return Sample(truth, generator.normal(size=n_rows) + distance * truth)

    return draw


def probabilities(offset: float, sharpness: float, confidence: float) -> Draw:
    """Two classes, and probabilities that are right, or too sure of themselves if `confidence` is above 1."""

    def draw(generator: Generator, n_rows: int) -> Sample:
        logits = sharpness * generator.normal(size=n_rows) + offset
        truth = (generator.random(n_rows) < 1 / (1 + np.exp(-logits))).astype(int)
        return Sample(truth, 1 / (1 + np.exp(-confidence * logits)))

    return draw


def numbers(noise: str, signal: float = 2.0) -> Draw:
    """A number with noise: normal, with heavy tails, or of skewed values."""

    def draw(generator: Generator, n_rows: int) -> Sample:
        skewed = generator.exponential(size=n_rows)
        predicted = signal * (skewed if noise == "skewed" else generator.normal(size=n_rows))
        heavy = generator.standard_t(4, size=n_rows) / np.sqrt(2)
        return Sample(predicted + (heavy if noise == "heavy" else generator.normal(size=n_rows)), predicted)

    return draw


def grouped(metric: str) -> Draw:
    """Rows in groups of 3 to 12, that the model is right or wrong on together."""

    def draw(generator: Generator, n_rows: int) -> Sample:
        sizes = generator.integers(3, 13, size=n_rows // 3 + 1)
        group = np.repeat(np.arange(len(sizes)), sizes)[:n_rows]
        of_group = generator.normal(size=len(sizes))[group]
        return _with(metric, of_group + generator.normal(size=n_rows), generator, Roles(group=group))

    return draw


def in_time(metric: str) -> Draw:
    """Rows that follow each other, each like the one before."""

    def draw(generator: Generator, n_rows: int) -> Sample:
        steps = generator.normal(size=n_rows)
        for row in range(1, n_rows):
            steps[row] = _ALPHA * steps[row - 1] + np.sqrt(1 - _ALPHA**2) * steps[row]
        return _with(metric, np.sqrt(2) * steps, generator, Roles(time=np.arange(n_rows)))

    return draw


def weighted(metric: str) -> Draw:
    """Rows that weigh between 0.1 and 2.1, the heavier ones predicted worse."""

    def draw(generator: Generator, n_rows: int) -> Sample:
        weight = 0.1 + 2 * generator.random(n_rows)
        errors = np.sqrt(2) * generator.normal(size=n_rows) * np.sqrt(weight)
        return _with(metric, errors, generator, Roles(weight=weight))

    return draw


def _with(metric: str, errors: NDArray[Any], generator: Generator, roles: Roles) -> Sample:
    """Labels, scores or numbers that are wrong by these errors."""
    n_rows = len(errors)
    if metric in ("accuracy", "f1"):
        truth = (generator.random(n_rows) < 0.4).astype(int)
        return Sample(truth, np.where(errors < 1.2, truth, 1 - truth), roles)
    if metric == "roc_auc":
        truth = (generator.random(n_rows) < 0.4).astype(int)
        return Sample(truth, 2.5 * truth + errors, roles)
    predicted = 3 * generator.normal(size=n_rows)
    return Sample(predicted + errors, predicted, roles)


SITUATIONS = [
    Situation("right on .7", "accuracy", labels(0.4, 0.7, 0.7)),
    Situation("right on .9", "accuracy", labels(0.4, 0.9, 0.9)),
    Situation("right on .967", "accuracy", labels(0.4, 0.967, 0.967)),
    Situation("one class all right", "accuracy", labels(0.2, 0.75, 1.0)),
    Situation("one class all wrong", "accuracy", labels(0.1, 0.0, 1.0)),
    Situation("both classes alike", "f1", labels(0.4, 0.8, 0.8)),
    Situation("a rare class", "f1", labels(0.15, 0.6, 0.95)),
    Situation("one class all right", "f1", labels(0.2, 0.75, 1.0)),
    Situation("the other all right", "f1", labels(0.2, 1.0, 0.9)),
    Situation("three classes", "f1_macro", three_labels),
    Situation("three classes", "balanced_accuracy", three_labels),
    Situation("one class all right", "balanced_accuracy", labels(0.2, 0.75, 1.0)),
    Situation("a rare class", "matthews_corrcoef", labels(0.2, 0.8, 0.95)),
    Situation(".76", "roc_auc", scores(0.4, 1.0)),
    Situation(".92", "roc_auc", scores(0.4, 2.0)),
    Situation(".983", "roc_auc", scores(0.4, 3.0)),
    Situation(".92, a rare class", "roc_auc", scores(0.12, 2.0)),
    Situation("a rare class", "average_precision", scores(0.2, 2.0)),
    Situation("normal", "r2", numbers("normal")),
    Situation("normal, little explained", "r2", numbers("normal", 0.4)),
    Situation("heavy tails", "r2", numbers("heavy")),
    Situation("a skewed target", "r2", numbers("skewed")),
    Situation("calibrated", "log_loss", probabilities(0.0, 2.0, 1.0)),
    Situation("a rare class", "log_loss", probabilities(-2.0, 1.5, 1.0)),
    Situation("too sure of itself", "log_loss", probabilities(0.0, 2.0, 2.0)),
    Situation("normal", "root_mean_squared_error", numbers("normal")),
    Situation("heavy tails", "mean_absolute_error", numbers("heavy")),
    *(Situation("in groups", name, grouped(name)) for name in ("accuracy", "f1", "roc_auc", "r2")),
    *(Situation("in time", name, in_time(name)) for name in ("accuracy", "f1", "roc_auc", "r2")),
    *(Situation("weighted", name, weighted(name)) for name in ("accuracy", "f1", "roc_auc", "r2")),
]


def coverage(situation: Situation, n_rows: int, n_samples: int, seed: int = 0) -> float:
    """The share of test sets of so many rows whose interval holds the true value."""
    generator, metric, value = np.random.default_rng(seed), Metric(situation.metric), true_value(situation)
    held = 0
    for _ in range(n_samples):
        sample = situation.draw(generator, n_rows)
        measured, scorer = _measured(metric, sample)
        low, high = bounds(metric, sample, scorer, measured, generator)
        held += low <= value <= high
    return held / n_samples


@cache
def true_value(situation: Situation) -> float:
    """The metric's value in the population."""
    population = situation.draw(np.random.default_rng(99), _POPULATION)
    return _measured(Metric(situation.metric), population)[0]


def _measured(metric: Metric, sample: Sample) -> tuple[float, Any]:
    scorer = metric.scorer(sample.truth, sample.predicted)
    weight = sample.roles.weight

    def weighed(counts: Any) -> Any:
        return scorer(counts if weight is None else counts * weight)

    return float(weighed(np.ones((1, len(sample.truth)), dtype=np.intp))[0]), weighed


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="How often the 95 %% intervals of metrics hold the truth.")
    parser.add_argument("--samples", type=int, default=1000, help="test sets of each size")
    parser.add_argument("--rows", type=int, nargs="+", default=[60, 300, 3000], help="rows of a test set")
    parser.add_argument("--metrics", nargs="+", help="these metrics alone")
    options = parser.parse_args(arguments)
    print("| metric | situation | " + " | ".join(f"{n} rows" for n in options.rows) + " |")
    print("|---|---" + "|---" * len(options.rows) + "|")
    for situation in SITUATIONS:
        if options.metrics and situation.metric not in options.metrics:
            continue
        shares = (coverage(situation, n, options.samples) for n in options.rows)
        cells = " | ".join(f"{100 * share:.1f} %" for share in shares)
        print(f"| `{situation.metric}` | {situation.name} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
