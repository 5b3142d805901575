"""What `sweepflow doctor` looks at: each file holds the checks of one thing, plain functions."""

from sweepflow.flows.cli.doctor.finding import Finding

__all__ = ["Finding"]
