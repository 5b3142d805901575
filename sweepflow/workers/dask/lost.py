"""The errors of a cluster that cannot be used."""

from sweepflow.errors import SweepflowError


class SchedulerLost(SweepflowError):
    """The scheduler does not answer, or not any more; the sweep can be resumed once there is one."""


class Misplaced(Exception):
    """A trial that has not begun is bound to workers that cannot train it: submit its task again."""


class ClusterUnfit(SweepflowError):
    """The cluster's machines lack what the trials need; the sweep can be resumed once they have it."""
