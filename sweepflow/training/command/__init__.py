"""The kind of trial that is a command, such as a training script: checked, filled in, and run."""

from sweepflow.training.command.trial import CommandTrial

__all__ = ["CommandTrial"]
