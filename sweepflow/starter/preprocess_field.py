"""The field `trial.preprocess` of a first spec."""

from sweepflow.starter.comparison import trial_of
from sweepflow.starter.facts import TableFacts
from sweepflow.starter.families import Family
from sweepflow.training.preprocess_choice import usual

_COMMENTS = {
    "native": "it takes missing values by itself",
    "imputed": "missing values are filled in",
    "scaled": "missing values are filled in",
}
"""By how numbers reach the estimator."""


def preprocess_field(family: Family, facts: TableFacts, *, is_classification: bool) -> str:
    """What fits the family's estimator, as YAML with a comment."""
    n_classes = len(facts.counts) if is_classification else 0
    how = usual(trial_of(family.estimator, family.parameters).instance(), n_classes)
    has_words = any(column.kind == "categorical" for column in facts.features)
    shown = how if has_words else how.model_copy(update={"categories": None, "many_categories": None})
    return f"{{{shown}}} # {_COMMENTS[str(how.numbers)]}"
