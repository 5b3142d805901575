"""What a comparison of estimators found, as comments in a first spec."""

from sweepflow.base.printable import printable
from sweepflow.starter.comparison import SMALL_STEPS, Comparison, Tried
from sweepflow.starter.scalars import flow

_GAINS_MOST = "# it gains most from the rows that were not tried."


def compared(metric: str, comparison: Comparison) -> list[str]:
    """What the candidates reached, best first: lines of YAML comment."""
    how = f"{comparison.n_folds}-fold cross-validation" if comparison.n_folds else "the validation rows"
    lines = [f"# Untuned, by {metric} in {how} ({comparison.n_rows} rows in all):"]
    lines += [f"#   {line}" for line in map(_reached, comparison.tried)]
    careful = [each.family.careful for each in comparison.tried if each.name.endswith(SMALL_STEPS)]
    lines += [f"# Small steps are {flow(each)}." for each in careful]
    reached = [each.value for each in comparison.tried if each.value is not None]
    if reached and max(reached) > reached[0]:
        taken = comparison.tried[0].family.name.capitalize()
        lines += [f"# {taken} is tuned: no other is better by more than chance, and", _GAINS_MOST]
    return lines


def _reached(tried: Tried) -> str:
    failed = f"none     {tried.name}: {printable(tried.problem)}"
    return failed if tried.value is None else f"{tried.value:<8.4g} {tried.name}"
