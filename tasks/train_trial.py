"""The task that supervises one trial."""

from typing import Any

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed, Failed

from sweepflow.running.slot_threads import SlotThreads
from sweepflow.trials.state import TrialEnd, TrialState


def _name(parameters: dict[str, Any]) -> str:
    """The task run's name, once its trial runs.

    Prefect asks for the name before the task run is running: until then it is shown as pending, and the time
    that it waits is no time that it runs.
    """
    number, slots = parameters["number"], parameters["slots"]
    slots.wait_until_running(number)
    return f"trial-{number:04d}"


@task(
    name="train_trial",
    task_run_name=_name,  # type: ignore[arg-type]  # Prefect tells such a function by its argument's name
    cache_policy=NO_CACHE,
    persist_result=False,
)
def train_trial(number: int, slots: SlotThreads) -> State[Any]:
    """Follow the trial in its slot; the state says how it ended, and the log shows what it printed last."""
    end = slots.end_of(number)
    printed = slots.log_tail(number)
    if end.state in (TrialState.FAILED, TrialState.TIMED_OUT):
        tail = printed or "it printed nothing"
        get_run_logger().error("%s\nThe end of the trial's log:\n%s", end.reason, tail)
    elif printed:
        get_run_logger().info("The end of the trial's log:\n%s", printed)
    return _state(end)


def _state(end: TrialEnd) -> State[Any]:
    if end.state is TrialState.COMPLETED:
        return Completed(message=end.reason)
    if end.state is TrialState.TERMINATED:
        return Completed(name="TerminatedEarly", message=end.reason)
    if end.state is TrialState.CANCELED:
        return Cancelled(message=end.reason)
    return Failed(name="TimedOut" if end.state is TrialState.TIMED_OUT else "Failed", message=end.reason)
