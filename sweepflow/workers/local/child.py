"""The process of a worker: it trains the trials that it receives over a socket, one after another.

It imports once, before its first trial, what trials need. It ends when its parent ends.
"""

import ctypes
import faulthandler
import os
import reprlib
import socket
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from sweepflow.base.orphan import die_with
from sweepflow.errors import ChildDied, SweepflowError, TrialError, TrialLost, TrialTerminated
from sweepflow.importing.quickly import importing_quickly
from sweepflow.models.model_file import ModelError, save_model
from sweepflow.training.job import Job, Trained
from sweepflow.training.kind import TrialKind, kind_at
from sweepflow.trials.rows import COST
from sweepflow.workers.ends import model_lost
from sweepflow.workers.local.channel import Channel, Message


def main(descriptor: int, parent: int) -> None:
    """Serve the parent process at the other end of this socket until it hangs up."""
    die_with(parent)
    channel = Channel(socket.socket(fileno=descriptor))
    setup = channel.receive()
    if setup is None:
        return
    with importing_quickly():
        trial = kind_at(setup["kind"]).model_validate(setup["trial"])
        redirect_output(Path(setup["log"]))
        faulthandler.enable(2)  # a crash in native code shows where it was
        _be_killed_before_the_sweep()
        _warm_up(trial)
    channel.send({"kind": "ready"})
    folder = Path.cwd()
    while (message := channel.receive()) is not None:
        outcome = _run(trial, message, channel, folder)
        _flush()
        channel.send(outcome)


def _be_killed_before_the_sweep() -> None:
    """Let Linux kill this process rather than the sweep when memory runs out."""
    if sys.platform == "linux":
        with suppress(OSError):  # not every container allows it
            Path("/proc/self/oom_score_adj").write_text("500")


def redirect_output(log: Path) -> None:
    """Append all output of this process, also that of C code, to that file."""
    _flush()
    try:
        _print_to(log)
    except OSError:
        _print_to(Path(os.devnull))  # not to the last trial's log
        raise
    finally:
        sys.stdout, sys.stderr = _stream(sys.__stdout__, 1), _stream(sys.__stderr__, 2)


def _print_to(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def _stream(stream: TextIO | None, descriptor: int) -> TextIO:
    """The process's own stream, or a new one if a trial has closed it.

    It writes each line at once, so that the output of a trial that is killed is not lost.
    """
    if not isinstance(stream, TextIOWrapper) or stream.closed:
        stream = os.fdopen(descriptor, "w", encoding="utf-8", closefd=False)
    stream.reconfigure(line_buffering=True, errors="backslashreplace")
    return stream


def _flush() -> None:
    """Write the buffered output; what cannot be written, as on a full disk, must not reach the next log."""
    if not _try_to_flush():
        _print_to(Path(os.devnull))
        _try_to_flush()


def _try_to_flush() -> bool:
    is_flushed = ctypes.CDLL(None).fflush(None) == 0
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        try:
            stream.flush()  # type: ignore[union-attr]
        except OSError:
            is_flushed = False
        except Exception:  # noqa: BLE001  a trial may have replaced it by anything
            continue
    return bool(is_flushed)


def _warm_up(trial: TrialKind) -> None:
    try:
        trial.warm_up()
    except TrialError:
        _print_traceback()  # every trial fails with this error, and reports it


def _print_traceback() -> None:
    with suppress(Exception):  # the disk may be full, or the stream broken
        traceback.print_exc()


def _run(trial: TrialKind, message: Message, channel: Channel, folder: Path) -> Message:
    """Train, save the model if the sweep keeps it, and return the message about the outcome."""
    started = time.monotonic()
    try:
        os.chdir(folder)  # the last trial may have left it
        redirect_output(Path(message["log"]))
        trained = _train(trial, Job.model_validate(message["job"]), _Reporter(channel))
        notes = [_encodable(note) for note in trained.notes]
        costs = {f"{COST}{name}": cost for name, cost in trained.costs.items()}
        outcome = {
            "kind": "trained",
            "metrics": {**trained.metrics, **costs},
            "notes": notes,
            "has_model": trained.make_model is not None,
            "seconds": time.monotonic() - started,
        }
        if trained.make_model is None:  # nothing to ask for
            channel.send(outcome)
            return {"kind": "ended", "note": None}
        keep = _request(channel, outcome)["keep"]
        return {"kind": "ended", "note": _save(trained, Path(message["model"])) if keep else None}
    except SystemExit as error:
        return _failed(f"it called sys.exit({reprlib.repr(error.code)})")
    except BaseException as error:  # noqa: BLE001  whatever the trial raises is its own failure
        if not isinstance(error, TrialError | ChildDied) or error.__cause__:  # our words need no traceback
            _print_traceback()
        return _failed(_reason(error), is_lost=isinstance(error, TrialLost | ChildDied))


def _failed(reason: str, *, is_lost: bool = False) -> Message:
    return {"kind": "failed", "reason": reason, "is_lost": is_lost}


def _save(trained: Trained, path: Path) -> str | None:
    """Make the model and write it; a note if that fails, which is no failure of the trial."""
    try:
        save_model(trained.model, path)
    except SystemExit as error:
        return model_lost(f"it called sys.exit({reprlib.repr(error.code)})")
    except ModelError as error:
        return _reason(error)
    except OSError as error:
        return model_lost(_encodable(error.strerror or str(error)))
    except BaseException as error:  # noqa: BLE001  the user's own class may raise anything
        _print_traceback()
        return model_lost(_reason(error))
    return None


def _train(trial: TrialKind, job: Job, reporter: "_Reporter") -> Trained:
    try:
        return trial.train(job, reporter)
    except TrialTerminated:
        return Trained(None, {})
    finally:
        reporter.close()


def _request(channel: Channel, message: Message) -> Message:
    channel.send(message)
    answer = channel.receive()
    if answer is None:
        os._exit(1)
    return answer


def _reason(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # noqa: BLE001  the user's own exception may be broken too
        text = ""
    if isinstance(error, SweepflowError):
        return _encodable(text)
    lines = text.strip().splitlines()
    return _encodable(f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__)


def _encodable(text: str) -> str:
    """The text with lone surrogates escaped, which no file or database can store."""
    return text.encode(errors="backslashreplace").decode()


class _Reporter:
    """The `report` of a trial: any of its threads may call it until the trial has ended."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._is_over = False
        self._lock = threading.Lock()

    def __call__(self, metrics: Mapping[str, object]) -> None:
        plain_metrics = {_encodable(str(name)): _plain(value) for name, value in metrics.items()}
        with self._lock:
            if not self._is_over:
                self._is_over = _request(self._channel, {"kind": "report", "metrics": plain_metrics})["stop"]
            if self._is_over:
                raise TrialTerminated

    def close(self) -> None:
        """Make further reports raise, such as those of a thread that the trial has left behind."""
        with self._lock:
            self._is_over = True


def _plain(value: Any) -> float | str:
    """The value as a float, or its text if it is no number."""
    if not isinstance(value, str | bytes | None):
        with suppress(Exception):
            return float(value)
    return _encodable(reprlib.repr(value))
