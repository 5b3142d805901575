"""The metrics that Sweepflow computes itself: scikit-learn's scorers and losses, by name.

A loss has its own name and its own sign: `log_loss` is `neg_log_loss` without the minus, and is minimized.
"""

import difflib
import re
from collections.abc import Sequence
from typing import Any, Literal

from sweepflow.errors import Problem
from sweepflow.metrics.own import is_own
from sweepflow.metrics.scorer_names import NEGATED, scorer_names, scorers_by_loss
from sweepflow.trials.objective import Objective

NEEDS_SCORER = (
    "must be a scorer of scikit-learn's, to be maximized, or a loss such as log_loss, to be minimized: "
    "the gate compares by it"
)

Goal = Literal["maximize", "minimize"]

_UNBOUNDED = frozenset({"mutual_info_score", "positive_likelihood_ratio"})
_BOUND_WORDS = {"maximize": "most", "minimize": "least"}

_OTHER_NAMES: dict[str, str] = {
    **dict.fromkeys(
        ("acc", "error", "error_rate", "zero_one_loss", "misclassification", "misclassification_rate"),
        "accuracy",
    ),
    **dict.fromkeys(("bacc", "balanced_acc", "macro_recall", "weighted_accuracy"), "balanced_accuracy"),
    **dict.fromkeys(("auc", "roc", "auroc", "auc_roc"), "roc_auc"),
    **dict.fromkeys(("auc_macro", "auc_micro", "roc_auc_macro"), "roc_auc_ovr"),
    **dict.fromkeys(("auc_weighted", "roc_auc_weighted"), "roc_auc_ovr_weighted"),
    **dict.fromkeys(("ap", "aucpr", "auprc", "prauc", "pr_auc", "auc_pr"), "average_precision"),
    **dict.fromkeys(
        ("average_precision_macro", "average_precision_micro", "average_precision_weighted"),
        "average_precision",
    ),
    **dict.fromkeys(("logloss", "binary_logloss", "multi_logloss", "mlogloss"), "log_loss"),
    **dict.fromkeys(("cross_entropy", "crossentropy", "nll", "negative_log_likelihood"), "log_loss"),
    **dict.fromkeys(("r_squared", "rsquared", "r^2"), "r2"),
    "brier": "brier_score",
    "f1score": "f1",
    "mcc": "matthews_corrcoef",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "medae": "median_absolute_error",
    "mse": "mean_squared_error",
    "msle": "mean_squared_log_error",
    "rmse": "root_mean_squared_error",
    "rmsle": "root_mean_squared_log_error",
}
"""The names of metrics in other tools such as Azure's, in lower case, without `score` and `normalized`."""

_LOSS = re.compile(r"(^|_)(loss|errors|deviance|perplexity|(error|misclassification)(_rate)?)$")
"""The last words of the names of metrics that are smaller where the model is better."""


def metrics_by_path(objective: Objective, metrics: Sequence[str]) -> list[tuple[str, str]]:
    """The path in the spec and the name of each metric, the primary one first."""
    further = [(f"metrics.{index}", name) for index, name in enumerate(metrics)]
    return [("objective.primary_metric", objective.primary_metric), *further]


def is_scorer(metric: str) -> bool:
    """Whether Sweepflow computes the metric: a scorer of scikit-learn's, a loss, or a function."""
    return is_own(metric) or goal_of(metric) is not None


def goal_of(metric: str) -> Goal | None:
    """The goal for this metric; None if it is none of scikit-learn's."""
    if metric in scorer_names():
        return "maximize"
    return "minimize" if metric in scorers_by_loss() else None


def objective_of(metric: str, goal: Goal | None = None) -> Objective:
    """The objective with this metric and the goal that makes models better.

    `goal` is that of a metric of the user's own, by default to maximize; scikit-learn's have theirs.
    """
    return Objective(primary_metric=metric, goal=goal_of(metric) or goal or "maximize")


def why_never_reached(objective: Objective, target: float) -> str | None:
    """Why no model can reach this value of a scikit-learn metric; None if one might."""
    metric = objective.primary_metric
    if goal_of(metric) is None or metric in _UNBOUNDED:
        return None
    bound = 0 if metric.startswith(NEGATED) or goal_of(metric) == "minimize" else 1
    if not objective.is_better(target, bound):
        return None
    return f"{target:g} is never reached, for {metric} is at {_BOUND_WORDS[objective.goal]} {bound}"


def negated_scorer(loss: str) -> str | None:
    """The scorer that gives minus this loss; None if the metric is no such loss."""
    return None if goal_of(loss) == "maximize" else scorers_by_loss().get(loss)


def scorer_named(metric: str) -> Any:
    """The scorer of this name, with a loss in its own sign; ValueError if there is none of that name."""
    from sklearn.metrics import get_scorer, make_scorer

    name = negated_scorer(metric)
    if name is None:
        return get_scorer(metric)
    # scikit-learn has no public access to these; a test tries every scorer there is.
    scorer = get_scorer(name)
    return make_scorer(scorer._score_func, response_method=scorer._response_method, **scorer._kwargs)


def check_scorer(metric: str, path: str) -> list[Problem]:
    """The problem with a metric's name that is neither scikit-learn's nor a function's; empty if it is."""
    if is_scorer(metric):
        return []
    near = _nearest(metric)
    if path.startswith("objective"):
        near = [f"{name} with goal: {goal_of(name)}" for name in near]
    hint = f"; did you mean {' or '.join(near)}?" if near else "; see sklearn.metrics.get_scorer_names()"
    return [Problem(path, f"must be the name of a scikit-learn scorer, got '{metric}'{hint}")]


def wrong_goal(objective: Objective) -> str | None:
    """The message on a goal that would select the worst model by a scikit-learn metric; None if right."""
    metric, right = objective.primary_metric, goal_of(objective.primary_metric)
    if right in (None, objective.goal):
        return None
    if (scorer := negated_scorer(metric)) is not None:
        alternative = f", or primary_metric: {scorer} with goal: maximize"
        return f"{metric} is smaller where the model is better: write goal: minimize{alternative}"
    loss = metric.removeprefix(NEGATED)
    alternative = f", or primary_metric: {loss} with goal: minimize" if loss != metric else ""
    return f"{metric} is greater where the model is better: write goal: maximize{alternative}"


def suspicious_goal(objective: Objective) -> str | None:
    """The message on a goal that contradicts the name of the user's own metric; None if it does not."""
    plain = _plain(objective.primary_metric)
    known = _known_as(plain, [*scorers_by_loss(), *scorer_names()])
    right = goal_of(known) if known else None
    if re.match(r"neg(ative)?_", plain) is None and _LOSS.search(plain):
        right = "minimize"
    if right in (None, objective.goal):
        return None
    which = "smaller" if right == "minimize" else "greater"
    advice = f"{objective.primary_metric} is {which} where the model is better, if it is what others call so"
    return f"{advice}: write goal: {right}"


def _nearest(metric: str) -> Sequence[str]:
    supervised = [name for name in scorer_names() if not _is_of_clusters(name)]
    known = [*scorers_by_loss(), *supervised]
    plain = _plain(metric)
    if (metric_name := _known_as(plain, known)) is not None:
        return [metric_name]
    return difflib.get_close_matches(plain, known, n=3, cutoff=0.6)


def _plain(metric: str) -> str:
    """The name in snake case: `NormMacroRecall` is norm_macro_recall."""
    signed = re.sub(r"^-", "neg_", metric.strip())
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", signed)
    return re.sub(r"[\s_-]+", "_", words).lower()


def _known_as(plain: str, known: Sequence[str]) -> str | None:
    """The metric that other tools call by this name; None if there is none."""
    short = re.sub(r"(^|_)(normalized|norm|score)(?=_|$)", "", plain).strip("_")
    bare = re.sub(r"^((best|final|mean|avg|val|valid|validation|test|eval|cv)_)+", "", short)
    for name in (plain, short, bare, bare.removesuffix("_binary"), _averaged_last(bare)):
        if (metric := _OTHER_NAMES.get(name, name)) in known:
            return metric
    minus = re.match(r"neg(ative)?_", plain)
    loss = _known_as(plain[minus.end() :], known) if minus else None
    return scorers_by_loss().get(loss) if loss else None


def _averaged_last(name: str) -> str:
    """The name with its average last: `macro_f1` is f1_macro."""
    average, _, metric = name.partition("_")
    return f"{metric}_{average}" if average in ("macro", "micro", "weighted") else name


def _is_of_clusters(name: str) -> bool:
    from sklearn.metrics import get_scorer

    return ".cluster." in str(get_scorer(name)._score_func.__module__)
