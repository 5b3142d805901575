"""What `sweepflow doctor` looks at: each file holds the checks of one thing, plain functions."""

from flows.doctor.finding import Finding

__all__ = ["Finding"]
