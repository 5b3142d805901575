"""The process that trains: one trial after another, told what to do over a socket.

It imports what a trial needs once, before its first one. It ends when its parent ends.
"""

import ctypes
import faulthandler
import os
import reprlib
import signal
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

from sweepflow.errors import SweepflowError, TrialError, TrialTerminated
from sweepflow.models.model_file import ModelError, save_model
from sweepflow.training.job import Job, Trained
from sweepflow.training.kind import TrialKind, kind_at
from sweepflow.workers.ends import model_lost
from sweepflow.workers.local.channel import Channel, Message

_PR_SET_PDEATHSIG = 1


def main(descriptor: int, parent: int) -> None:
    """Serve the parent process at the other end of this socket until it hangs up."""
    _die_with(parent)
    channel = Channel(socket.socket(fileno=descriptor))
    first = channel.receive()
    if first is None:
        return
    trial = kind_at(first["kind"]).model_validate(first["trial"])
    _redirect_output(Path(first["log"]))
    faulthandler.enable(2)  # a crash in native code shows where it was
    _offer_to_the_system()
    _warm_up(trial)
    channel.send({"kind": "ready"})
    folder = Path.cwd()
    while (message := channel.receive()) is not None:
        outcome = _run(trial, message, channel, folder)
        _flush()
        channel.send(outcome)


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


def _offer_to_the_system() -> None:
    """Be the one that Linux kills when memory runs out, rather than the sweep."""
    if sys.platform == "linux":
        with suppress(OSError):  # not every container allows it
            Path("/proc/self/oom_score_adj").write_text("500")


def _redirect_output(log: Path) -> None:
    """Let everything this process prints, C code's output too, go to the end of that file."""
    _flush()
    try:
        _print_to(log)
    except OSError:
        _print_to(Path(os.devnull))  # not to the last trial's log
        raise
    finally:
        sys.stdout, sys.stderr = _stream(sys.__stdout__, 1), _stream(sys.__stderr__, 2)


def _print_to(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def _stream(own: TextIO | None, descriptor: int) -> TextIO:
    """The process's own stream, which a trial may have replaced or closed; lines are written at once,
    so that they outlive a trial that is killed."""
    if not isinstance(own, TextIOWrapper) or own.closed:
        own = os.fdopen(descriptor, "w", encoding="utf-8", closefd=False)
    own.reconfigure(line_buffering=True, errors="backslashreplace")
    return own


def _flush() -> None:
    """Write what is buffered; what cannot be written, as on a full disk, must not go to the next log."""
    if not _could_flush():
        _print_to(Path(os.devnull))
        _could_flush()


def _could_flush() -> bool:
    could = ctypes.CDLL(None).fflush(None) == 0
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        try:
            stream.flush()  # type: ignore[union-attr]
        except OSError:
            could = False
        except Exception:  # noqa: BLE001  a trial may have put anything in its place
            continue
    return bool(could)


def _warm_up(trial: TrialKind) -> None:
    try:
        trial.warm_up()
    except TrialError:
        _print_traceback()  # every trial will fail with it, and say so


def _print_traceback() -> None:
    with suppress(Exception):  # the log may be on a full disk, or the stream spoilt
        traceback.print_exc()


def _run(trial: TrialKind, message: Message, channel: Channel, folder: Path) -> Message:
    """Train, save the model if it is wanted, and tell how it went."""
    started = time.monotonic()
    try:
        os.chdir(folder)  # the last trial may have left it
        _redirect_output(Path(message["log"]))
        trained = _trained(trial, Job.model_validate(message["job"]), _Reporter(channel))
        notes = [_encodable(note) for note in trained.notes]
        facts = {"metrics": trained.metrics, "notes": notes, "has_model": trained.make_model is not None}
        seconds = time.monotonic() - started
        keep = _answer(channel, {"kind": "trained", **facts, "seconds": seconds})["keep"]
        return {"kind": "ended", "note": _save(trained, Path(message["model"])) if keep else None}
    except SystemExit as error:
        return {"kind": "failed", "reason": f"it called sys.exit({reprlib.repr(error.code)})"}
    except BaseException as error:  # noqa: BLE001  whatever the trial raises is its own failure
        _print_traceback()
        return {"kind": "failed", "reason": _reason(error)}


def _save(trained: Trained, path: Path) -> str | None:
    """Make the model and write it; a note if that cannot be done. The trial has its value already."""
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


def _trained(trial: TrialKind, job: Job, reporter: "_Reporter") -> Trained:
    try:
        return trial.train(job, reporter)
    except TrialTerminated:
        return Trained(None, {})
    finally:
        reporter.close()


def _answer(channel: Channel, message: Message) -> Message:
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
    """The text without lone surrogates, which no file or database takes."""
    return text.encode(errors="backslashreplace").decode()


class _Reporter:
    """The `report` that a trial is given; for any of its threads, and only until the trial has ended."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._is_over = False
        self._lock = threading.Lock()

    def __call__(self, metrics: Mapping[str, object]) -> None:
        plain = {_encodable(str(name)): _plain(value) for name, value in metrics.items()}
        with self._lock:
            if not self._is_over:
                self._is_over = _answer(self._channel, {"kind": "report", "metrics": plain})["stop"]
            if self._is_over:
                raise TrialTerminated

    def close(self) -> None:
        """Stop whoever goes on reporting, such as a thread that the trial has left behind."""
        with self._lock:
            self._is_over = True


def _plain(value: Any) -> float | str:
    """The value as a float, or as the text of what is none."""
    if not isinstance(value, str | bytes | None):
        with suppress(Exception):
            return float(value)
    return _encodable(reprlib.repr(value))
