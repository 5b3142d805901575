"""Scores that are too good to be true."""

_SUSPICIOUS = 0.999

_AT_MOST_ONE = (
    *("accuracy", "balanced_accuracy", "top_k_accuracy", "average_precision", "f1", "precision", "recall"),
    *("jaccard", "roc_auc", "matthews_corrcoef", "r2", "explained_variance", "d2_"),
)
"""How the names of the scorers begin whose best value is 1."""


def too_good(metric: str, value: float) -> str | None:
    """What to look for if the test's value of this scorer is above 0.999; None if it is not."""
    if not metric.startswith(_AT_MOST_ONE) or value <= _SUSPICIOUS:
        return None
    where = "a column that knows the answer, or rows that are in several parts"
    return f"the test's {metric} of {value:.5g} is hardly ever honest on real data: look for {where}"
