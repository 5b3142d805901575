"""What a trial's metrics and costs must satisfy for it to be ranked."""

from collections.abc import Iterable, Mapping

from sweepflow.errors import ConstraintError
from sweepflow.space.constraints import Condition


def unmet(require: Iterable[Condition], metrics: Mapping[str, float | None]) -> str | None:
    """The first of these conditions that the metrics do not satisfy, with the values; None if they all do.

    A metric that the trial lacks satisfies no condition.
    """
    for condition in require:
        missing = sorted(name for name in condition.names if metrics.get(name) is None)
        if missing:
            return f"it has no {missing[0]}, which require asks for: {condition.text}"
        values = {name: metrics[name] for name in sorted(condition.names)}
        shown = ", ".join(f"{name} is {value:.6g}" for name, value in values.items())
        try:
            holds = condition.holds(values)
        except ConstraintError as error:
            return str(error)
        if not holds:
            return f"it does not meet {condition.text}: {shown}"
    return None
