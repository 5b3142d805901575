"""The names of scikit-learn's scorers, known without importing it: that takes a second and 100 MB."""

from functools import cache
from importlib.metadata import version

NEGATED = "neg_"
"""How the scorer that negates a loss begins."""

_RELEASES = ("1.8", "1.9")
"""The releases whose scorers these are; of another one scikit-learn itself is asked."""

_NAMES = [
    "accuracy",
    "adjusted_mutual_info_score",
    "adjusted_rand_score",
    "average_precision",
    "balanced_accuracy",
    "completeness_score",
    "d2_absolute_error_score",
    "d2_brier_score",
    "d2_log_loss_score",
    "explained_variance",
    "f1",
    "f1_macro",
    "f1_micro",
    "f1_samples",
    "f1_weighted",
    "fowlkes_mallows_score",
    "homogeneity_score",
    "jaccard",
    "jaccard_macro",
    "jaccard_micro",
    "jaccard_samples",
    "jaccard_weighted",
    "matthews_corrcoef",
    "mutual_info_score",
    "neg_brier_score",
    "neg_log_loss",
    "neg_max_error",
    "neg_mean_absolute_error",
    "neg_mean_absolute_percentage_error",
    "neg_mean_gamma_deviance",
    "neg_mean_poisson_deviance",
    "neg_mean_squared_error",
    "neg_mean_squared_log_error",
    "neg_median_absolute_error",
    "neg_negative_likelihood_ratio",
    "neg_root_mean_squared_error",
    "neg_root_mean_squared_log_error",
    "normalized_mutual_info_score",
    "positive_likelihood_ratio",
    "precision",
    "precision_macro",
    "precision_micro",
    "precision_samples",
    "precision_weighted",
    "r2",
    "rand_score",
    "recall",
    "recall_macro",
    "recall_micro",
    "recall_samples",
    "recall_weighted",
    "roc_auc",
    "roc_auc_ovo",
    "roc_auc_ovo_weighted",
    "roc_auc_ovr",
    "roc_auc_ovr_weighted",
    "top_k_accuracy",
    "v_measure_score",
]

_LOSSES_OF_OTHER_NAMES = {"brier_score_loss": "neg_brier_score"}
"""Functions that are not called as the scorers that negate them."""


@cache
def scorer_names() -> list[str]:
    """The names of the scorers of the scikit-learn that is installed, sorted."""
    return _NAMES if _is_known() else names_of_sklearn()


@cache
def scorers_by_loss() -> dict[str, str]:
    """The scorer that negates each loss, by the loss's name and by its function's (`brier_score_loss`)."""
    if not _is_known():
        return losses_of_sklearn()
    by_loss = {name.removeprefix(NEGATED): name for name in _NAMES if name.startswith(NEGATED)}
    return _LOSSES_OF_OTHER_NAMES | by_loss


def names_of_sklearn() -> list[str]:
    """`scorer_names` as scikit-learn itself says."""
    from sklearn.metrics import get_scorer_names

    return list(get_scorer_names())


def losses_of_sklearn() -> dict[str, str]:
    """`scorers_by_loss` as scikit-learn itself says."""
    from sklearn.metrics import get_scorer

    scorers = [name for name in names_of_sklearn() if name.startswith(NEGATED)]
    by_function = {get_scorer(name)._score_func.__name__: name for name in scorers}
    return by_function | {name.removeprefix(NEGATED): name for name in scorers}


def _is_known() -> bool:
    return ".".join(version("scikit-learn").split(".")[:2]) in _RELEASES
