"""What a user should know about a valid spec."""

from collections.abc import Iterator

from sweepflow.metrics.scorers import why_never_reached
from sweepflow.space.search_space import warnings_of
from sweepflow.spec.defaults import why_not_tried
from sweepflow.spec.limits import Limits
from sweepflow.spec.parts import Parts
from sweepflow.spec.refused_values import value_notices


def notices(parts: Parts, cores: int) -> list[str]:
    """What the user should know about a valid spec on a machine with so many cores; one sentence each."""
    limits, compute = parts["limits"], parts["compute"]
    slots = limits.slots(compute.slots(cores), most := compute.most_slots())
    sampling, space = parts["sampling_algorithm"], parts["search_space"]
    messages = warnings_of(space)
    messages += value_notices(parts)
    messages += sampling.notices(space, limits.max_total_trials, slots)
    messages += compute.notices(slots, cores, limits.trial_memory)
    messages += _too_few_places(limits, most)
    messages += parts["trial"].notices(parts)
    messages += parts["trial"].thread_notices(slots, cores)
    return [*messages, *_untried_defaults(parts), *_idle_policy(parts), *_unreachable_target(parts)]


def _untried_defaults(parts: Parts) -> Iterator[str]:
    """The notice that the best is not compared with an estimator's defaults, though nobody has said so."""
    if parts["baseline"] is None and parts["trial"].has_defaults and (reason := why_not_tried(parts)):
        yield f"baseline: the best will not be compared with the estimator's defaults: {reason}"


def _too_few_places(limits: Limits, most: int | None) -> Iterator[str]:
    """The notice that fewer trials run at once than the limit allows, for want of places such as GPUs."""
    asked = limits.max_concurrent_trials
    if most is not None and asked is not None and most < min(asked, limits.max_total_trials):
        yield (
            f"limits.max_concurrent_trials: {most} trial(s) will run at once, not {asked}, because "
            "compute.gpus_per_trial leaves no GPU for more"
        )


def _idle_policy(parts: Parts) -> Iterator[str]:
    """The notice that there are too few trials to compare; those of earlier sweeps count too."""
    policy, n_trials = parts["early_termination"], parts["limits"].max_total_trials
    if policy and not parts["warm_start"] and n_trials < policy.fewest_trials:
        yield (
            f"early_termination: {policy.type} will never act, because it compares {policy.fewest_trials} "
            f"trials or more, and limits.max_total_trials is {n_trials}"
        )


def _unreachable_target(parts: Parts) -> Iterator[str]:
    """The notice that no trial can reach the target, if the metric is scikit-learn's."""
    stop_when = parts["stop_when"]
    if stop_when and stop_when.target is not None and not parts["trial"].reports_own_metrics:
        reason = why_never_reached(parts["objective"], stop_when.target)
        yield from [f"stop_when.target: {reason}"] if reason else []
