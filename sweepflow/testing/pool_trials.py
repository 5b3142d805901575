"""The trials of the tests that every pool must pass; `act` calls the function named by a parameter."""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sweepflow.errors import TrialTerminated
from sweepflow.training import trainer
from sweepflow.trials.parameters import Parameters

_Report = Callable[..., None]


@trainer
def act(parameters: Parameters, data: object, report: _Report) -> Any:  # noqa: ARG001
    """Call the function named by `parameters["act"]`, and return its model, if it gives one."""
    return _ACTS[str(parameters["act"])](parameters, report)


def _count(parameters: Parameters, report: _Report) -> dict[str, list[float]]:
    """Report 1, 2, 3 and so on up to `parameters["n"]`, and give a model of the last number."""
    print("counts")
    number = 0
    try:
        for number in range(1, int(str(parameters["n"])) + 1):
            report(score=number)
    except TrialTerminated:
        print("was told to stop")
    return {"weights": [float(number)]}


def _count_on(parameters: Parameters, report: _Report) -> None:
    """Report once, and go on even if the trial is stopped."""
    try:
        report(score=1)
    finally:
        _block(parameters, report)


def _block(parameters: Parameters, report: _Report) -> None:  # noqa: ARG001
    """Create the file `parameters["note"]`, and never end."""
    Path(str(parameters["note"])).touch()
    threading.Event().wait()


def _fail(parameters: Parameters, report: _Report) -> None:  # noqa: ARG001
    raise ValueError("on purpose")


def _be_killed(parameters: Parameters, report: _Report) -> None:  # noqa: ARG001
    os.kill(os.getpid(), signal.SIGKILL)


_ACTS = {"count": _count, "count on": _count_on, "block": _block, "fail": _fail, "be killed": _be_killed}
