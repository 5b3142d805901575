"""How much a sweep may use, and the rules that end it."""

from pydantic import Field

from sweepflow.fields.model import Number, SpecModel, WholeNumber
from sweepflow.trials.history import History
from sweepflow.trials.state import TrialState


class Limits(SpecModel):
    """Upper bounds of a sweep."""

    max_total_trials: WholeNumber = Field(ge=1, description="The most trials that the sweep runs.")
    max_concurrent_trials: WholeNumber | None = Field(
        default=None, ge=1, description="The most trials running at once; empty: the cores of the machine."
    )
    timeout: Number | None = Field(
        default=None,
        gt=0,
        description="Seconds for the whole sweep; then running trials stop and the best so far is selected.",
    )
    trial_timeout: Number | None = Field(
        default=None,
        gt=0,
        description="Seconds for one trial; then it is killed, whatever it is doing.",
    )
    max_failed_trials: WholeNumber | None = Field(
        default=None, ge=0, description="The sweep fails when more trials than this have failed."
    )
    retries: WholeNumber = Field(
        default=0,
        ge=0,
        description="How often a trial runs again whose process was killed or could not be started; "
        "its own errors and timeouts are final.",
    )
    trial_memory: WholeNumber | None = Field(
        default=None,
        gt=0,
        description="Bytes of memory for one trial with all its processes; then it is killed (Linux only).",
    )

    def slots(self, places: int, most: int | None = None) -> int:
        """How many trials run at once, given the number of places for them, such as cores.

        There are never more than `most`, if that is given.
        """
        wanted = min(self.max_concurrent_trials or places, self.max_total_trials)
        return wanted if most is None else min(wanted, most)


def failure(limits: Limits, history: History, slots: int) -> str | None:
    """Why the sweep has failed by now; None while it may go on.

    It fails when more trials than `max_failed_trials` have failed, and when the first
    max(3, slots) trials have all failed.
    """
    n_failed = history.count(TrialState.FAILED)
    if limits.max_failed_trials is not None and n_failed > limits.max_failed_trials:
        return f"{n_failed} trials have failed, more than max_failed_trials ({limits.max_failed_trials})"
    n_first = max(3, slots)
    first = map(history.trials.get, range(n_first))
    if all(trial is not None and trial.state is TrialState.FAILED for trial in first):
        return f"the first {n_first} trials all failed"
    return None
