"""The error of a cluster that is out of reach."""

from sweepflow.errors import SweepflowError


class SchedulerLost(SweepflowError):
    """The scheduler does not answer, or not any more; the sweep can be resumed once there is one."""
