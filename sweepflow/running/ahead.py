"""Starts the process that a sweep's others are forked from, half a second before its spec is read."""

from pathlib import Path

from sweepflow.training.guess import guessed_trial
from sweepflow.workers import begin_ahead

NEEDED_BY_CHILDREN = (
    "sweepflow.running.preflight",
    "sweepflow.training.estimator.checking",
    "sweepflow.data.prepare",
    "sweepflow.leaks.leaks",
    "sweepflow.archive.leaderboard",
    "sweepflow.running.hand_over",
)
"""The modules of the functions that are called in children of the sweep."""


def begin_children_ahead(file: Path) -> None:
    """Start it if the file looks like the spec of a sweep of one of scikit-learn's estimators.

    That is a guess: `sweep_children` uses what was started only if the spec is of that estimator.
    """
    try:
        trial = guessed_trial(file.read_bytes())
    except OSError:  # which whoever reads the spec tells
        return
    if trial is not None:
        begin_ahead(trial, NEEDED_BY_CHILDREN)
