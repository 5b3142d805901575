"""What a user should know about a spec that is right."""

from collections.abc import Iterator

from sweepflow.metrics.scorers import unreachable
from sweepflow.space.search_space import warnings_of
from sweepflow.spec.parts import Parts
from sweepflow.spec.refused_values import value_notices


def notices(parts: Parts, cores: int) -> list[str]:
    """What the user should know of a sound spec on a machine with so many cores; one sentence each."""
    limits, compute = parts["limits"], parts["compute"]
    slots = limits.slots(compute.slots(cores))
    sampling, space = parts["sampling_algorithm"], parts["search_space"]
    found = warnings_of(space)
    found += value_notices(parts)
    found += sampling.notices(space, limits.max_total_trials, slots)
    found += compute.notices(slots, cores, limits.trial_memory)
    found += parts["trial"].notices(parts)
    return [*found, *_unreachable_target(parts)]


def _unreachable_target(parts: Parts) -> Iterator[str]:
    """That no trial can reach the target, where the metric is what scikit-learn calls so."""
    stop_when = parts["stop_when"]
    if stop_when and stop_when.target is not None and not parts["trial"].reports_own_metrics:
        reason = unreachable(parts["objective"], stop_when.target)
        yield from [f"stop_when.target: {reason}"] if reason else []
