"""Where a resumed sweep stood, and which of its trials run again."""

from collections.abc import Set as AbstractSet
from typing import NamedTuple

from sweepflow.errors import Problem, SpecError
from sweepflow.ledger.ledger import Ledger
from sweepflow.running.monitor import Monitor
from sweepflow.running.warm_start import WarmStart, warm_start
from sweepflow.spec.spec import Spec
from sweepflow.trials.history import History
from sweepflow.trials.parameters import Parameters
from sweepflow.trials.state import TrialState

RERUNNABLE = (TrialState.FAILED, TrialState.TIMED_OUT, TrialState.CANCELED)
"""The states that `--only` may name. Not completed: such a trial's model is kept only if it led."""


class Resumption(NamedTuple):
    """Where a sweep stands as it starts or resumes, and what it runs first."""

    monitor: Monitor
    seconds_used: float = 0.0
    rerun: tuple[int, ...] = ()
    """The numbers of the trials to run again."""
    has_new_trials: bool = True
    """Whether new trials follow them."""
    first_parameters: tuple[Parameters, ...] = ()
    """The parameters of the first trials, which the sampler does not choose."""
    notice: str | None = None
    """What people should know about its warm start."""


def restart_trials(
    ledger: Ledger, sweep_id: str, spec: Spec, only: AbstractSet[TrialState] | None = None
) -> tuple[int, ...]:
    """Queue the trials that have to run again, and delete their reports; returns their numbers.

    These are the trials that had not ended, or that an interrupt has canceled; with `only`, those in these
    states instead. SpecError if `only` is given and the sweep's time is used up.
    """
    history = Monitor.restored(
        ledger, sweep_id, spec.trial_objective, spec.early_termination, require=spec.require
    ).history
    is_time_over = is_over_time(spec, ledger.seconds_used(sweep_id))
    if only is not None and is_time_over:
        message = f"the sweep has used up its {spec.limits.timeout:g} s, no trial can run again"
        raise SpecError([Problem("limits.timeout", message)])
    rerun = _rerun(history, only, is_over=has_enough(spec, history) or is_time_over)
    for number in rerun:
        ledger.restart_trial(sweep_id, number)
    return rerun


def resumption(
    ledger: Ledger,
    sweep_id: str,
    spec: Spec,
    rerun: tuple[int, ...] = (),
    earlier: WarmStart | None = None,
    *,
    has_new_trials: bool = True,
) -> Resumption:
    """Where a recorded sweep stands, once the trials that run again are queued.

    `earlier` is what the spec's `warm_start` gives, if it has been read already.
    """
    objective, policy = spec.trial_objective, spec.early_termination
    if earlier is None:
        sweep = ledger.sweep(sweep_id)
        earlier = warm_start(ledger, spec, sweep.data_fingerprint if sweep else None)
    monitor = Monitor.restored(
        ledger, sweep_id, objective, policy, earlier.trials, spec.require, spec.never_stopped
    )
    best = earlier.best_parameters(objective)
    first_parameters = _first_parameters(spec, best, monitor.history)
    notice = earlier.notice if spec.warm_start else None
    seconds_used = ledger.seconds_used(sweep_id)
    return Resumption(monitor, seconds_used, rerun, has_new_trials, first_parameters, notice)


def has_enough(spec: Spec, history: History) -> bool:
    """Whether the sweep may stop, by its `stop_when`."""
    return spec.stop_when is not None and spec.stop_when.reason(history) is not None


def is_over_time(spec: Spec, seconds_used: float) -> bool:
    """Whether the sweep has used up its timeout."""
    return spec.limits.timeout is not None and seconds_used >= spec.limits.timeout


def parse_states(text: str) -> frozenset[TrialState]:
    """The states in `failed,timed_out`; SpecError if one cannot be run again."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    wrong = [name for name in names if name not in RERUNNABLE]
    if wrong or not names:
        rerunnable = ", ".join(RERUNNABLE)
        raise SpecError(
            [Problem("--only", f"must be some of {rerunnable}, got '{', '.join(wrong) or text}'")]
        )
    return frozenset(map(TrialState, names))


def _first_parameters(spec: Spec, best: Parameters | None, history: History) -> tuple[Parameters, ...]:
    """The estimator's defaults, then the best of the earlier sweeps, then a baseline that the spec names."""
    defaults = spec.baseline_parameters if spec.has_defaults_first else None
    named = None if spec.has_defaults_first else spec.baseline_parameters
    asked = [parameters for parameters in (defaults, best, named) if parameters is not None]
    # What has been tried keeps its recorded parameters, even if an earlier sweep has gone on since and has
    # another best, or the estimator other defaults.
    n_recorded = min(len(history), 2 if defaults is not None and best is not None else min(len(asked), 1))
    recorded = [history[number].parameters for number in range(n_recorded)]
    return (*recorded, *asked[n_recorded:])


def _rerun(history: History, only: AbstractSet[TrialState] | None, *, is_over: bool) -> tuple[int, ...]:
    if only is not None:
        return tuple(trial.number for trial in history if trial.state in only)
    # The canceled trials of a sweep that was over were canceled by its end: they stay canceled.
    states = {TrialState.QUEUED} if is_over else {TrialState.QUEUED, TrialState.CANCELED}
    return tuple(trial.number for trial in history if trial.state in states)
