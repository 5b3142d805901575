"""What a sweep that goes on has still to do: which trials run again, and where it stood."""

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
"""What may be asked for by name. Not completed trials: models are kept of those alone that led."""


class Resumption(NamedTuple):
    """Where a sweep goes on."""

    monitor: Monitor
    seconds_used: float = 0.0
    again: tuple[int, ...] = ()
    """The trials to run again, by number."""
    asks: bool = True
    """Whether new trials are asked for after them."""
    firsts: tuple[Parameters, ...] = ()
    """The parameters of the first trials that are not for the sampler to choose."""
    notice: str | None = None
    """What people should know of it."""


def restart_trials(
    ledger: Ledger, sweep_id: str, spec: Spec, only: AbstractSet[TrialState] | None = None
) -> tuple[int, ...]:
    """Queue the trials that have to run again, their reports deleted; gives their numbers.

    These are the trials that had not ended, or that an interrupt has canceled; with `only`, just those in
    these states. SpecError if all of the sweep's time is used up and more is asked.
    """
    history = Monitor.restored(ledger, sweep_id, spec.trial_objective, spec.early_termination).history
    is_late = is_over_time(spec, ledger.seconds_used(sweep_id))
    if only is not None and is_late:
        message = f"the sweep has used up its {spec.limits.timeout:g} s, no trial can run again"
        raise SpecError([Problem("limits.timeout", message)])
    again = _again(history, only, is_over=has_enough(spec, history) or is_late)
    for number in again:
        ledger.restart_trial(sweep_id, number)
    return again


def resumption(
    ledger: Ledger,
    sweep_id: str,
    spec: Spec,
    again: tuple[int, ...] = (),
    earlier: WarmStart | None = None,
    *,
    asks: bool = True,
) -> Resumption:
    """Where a recorded sweep goes on, once the trials that run again are queued.

    `earlier` is what the spec's `warm_start` gives, if that has been read already.
    """
    objective, policy = spec.trial_objective, spec.early_termination
    if earlier is None:
        sweep = ledger.sweep(sweep_id)
        earlier = warm_start(ledger, spec, sweep.data_fingerprint if sweep else None)
    monitor = Monitor.restored(ledger, sweep_id, objective, policy, earlier.trials)
    firsts = _firsts(earlier.first(objective), spec.baseline_parameters, monitor.history)
    notice = earlier.notice(spec.warm_start) if spec.warm_start else None
    return Resumption(monitor, ledger.seconds_used(sweep_id), again, asks, firsts, notice)


def has_enough(spec: Spec, history: History) -> bool:
    """Whether the sweep has found what it was to find."""
    return spec.stop_when is not None and spec.stop_when.reason(history) is not None


def is_over_time(spec: Spec, seconds_used: float) -> bool:
    """Whether the time of the whole sweep is over."""
    return spec.limits.timeout is not None and seconds_used >= spec.limits.timeout


def parse_states(text: str) -> frozenset[TrialState]:
    """The states in `failed,timed_out`; SpecError if one cannot be run again."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    wrong = [name for name in names if name not in RERUNNABLE]
    if wrong or not names:
        known = ", ".join(RERUNNABLE)
        raise SpecError([Problem("--only", f"must be some of {known}, got '{', '.join(wrong) or text}'")])
    return frozenset(map(TrialState, names))


def _firsts(best: Parameters | None, baseline: Parameters | None, history: History) -> tuple[Parameters, ...]:
    """The best of the earlier sweeps, then the baseline."""
    # A recorded trial 0 stays what it was, should an earlier sweep have gone on meanwhile.
    if len(history) and (best, baseline) != (None, None):
        best = history[0].parameters
    return tuple(each for each in (best, baseline) if each is not None)


def _again(history: History, only: AbstractSet[TrialState] | None, *, is_over: bool) -> tuple[int, ...]:
    if only is not None:
        return tuple(trial.number for trial in history if trial.state in only)
    # Of a sweep that was over, the canceled trials are those that its end has canceled.
    states = {TrialState.QUEUED} if is_over else {TrialState.QUEUED, TrialState.CANCELED}
    return tuple(trial.number for trial in history if trial.state in states)
