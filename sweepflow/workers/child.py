"""The process that trains: one trial after another, told what to do over a socket.

It imports what a trial needs once, before its first one. It ends when its parent ends.
"""

import ctypes
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from sweepflow.errors import TrialError, TrialTerminated
from sweepflow.models import save_model
from sweepflow.training import EstimatorTrial, FunctionTrial, Trial
from sweepflow.training.job import Job, Trained
from sweepflow.workers.channel import Channel, Message

_PR_SET_PDEATHSIG = 1

_trial_adapter: TypeAdapter[EstimatorTrial | FunctionTrial] = TypeAdapter(Trial)


def main(descriptor: int, parent: int) -> None:
    """Serve the parent process at the other end of this socket until it hangs up."""
    _die_with(parent)
    channel = Channel(socket.socket(fileno=descriptor))
    first = channel.receive()
    if first is None:
        return
    trial = _trial_adapter.validate_python(first["trial"])
    _redirect_output(Path(first["log"]))
    _warm_up(trial)
    channel.send({"kind": "ready"})
    while (message := channel.receive()) is not None:
        _redirect_output(Path(message["log"]))
        channel.send(_run(trial, message, channel))
        sys.stdout.flush()
        sys.stderr.flush()


def _die_with(parent: int) -> None:
    # Linux kills the child with its parent, even while it runs C code that never looks at a socket;
    # elsewhere a thread looks who its parent is.
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        os._exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _redirect_output(log: Path) -> None:
    """Let everything this process prints, C code's output too, go to the end of that file."""
    sys.stdout.flush()
    sys.stderr.flush()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def _warm_up(trial: EstimatorTrial | FunctionTrial) -> None:
    try:
        trial.load()
    except TrialError:
        traceback.print_exc()  # every trial will fail with it, and say so


def _run(trial: EstimatorTrial | FunctionTrial, message: Message, channel: Channel) -> Message:
    """Train, save the model if it is wanted, and tell how it went."""
    started = time.monotonic()
    try:
        trained = trial.train(Job.model_validate(message["job"]), _Reporter(channel))
    except TrialTerminated:
        trained = Trained(None, {})
    except SystemExit as error:
        return {"kind": "failed", "reason": f"it called sys.exit({error.code!r})"}
    except Exception as error:  # noqa: BLE001  whatever the trial raises is its own failure
        traceback.print_exc()
        return {"kind": "failed", "reason": _reason(error)}
    seconds = time.monotonic() - started
    has_model = trained.model is not None
    channel.send({"kind": "trained", "metrics": trained.metrics, "has_model": has_model, "seconds": seconds})
    answer = channel.receive()
    if answer is None:
        os._exit(1)
    if answer["keep"]:
        try:
            save_model(trained.model, Path(message["model"]))
        except Exception as error:  # noqa: BLE001  as above
            traceback.print_exc()
            return {"kind": "failed", "reason": _reason(error)}
    return {"kind": "ended"}


def _reason(error: Exception) -> str:
    if isinstance(error, TrialError):
        return str(error)
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


class _Reporter:
    """The `report` that a trial is given."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._is_stopped = False

    def __call__(self, metrics: Mapping[str, object]) -> None:
        if self._is_stopped:
            raise TrialTerminated
        self._channel.send({"kind": "report", "metrics": {name: _plain(metrics[name]) for name in metrics}})
        answer = self._channel.receive()
        if answer is None:
            os._exit(1)
        self._is_stopped = answer["stop"]
        if self._is_stopped:
            raise TrialTerminated


def _plain(value: Any) -> float | str:
    """The value as a float, or as the text of what is none."""
    if isinstance(value, str | bytes | None):
        return repr(value)
    try:
        return float(value)
    except (TypeError, ValueError):
        return repr(value)
