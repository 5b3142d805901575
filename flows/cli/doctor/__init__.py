"""The checks of `sweepflow doctor`: plain functions, a file for each thing that is checked."""

from sweepflow.flows.cli.doctor.finding import Finding

__all__ = ["Finding"]
