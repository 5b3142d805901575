"""Runs one command for a trial: in its own folder, with its metrics read while it runs."""

import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sweepflow.base.files import private_folder
from sweepflow.base.folders import remove_folder
from sweepflow.errors import TrialError, TrialLost, TrialTerminated
from sweepflow.training.command.logging.logged import Logged, clean_up_logs, logged
from sweepflow.training.command.running.code import copy_code, copy_of, remove_copy, why_missing
from sweepflow.training.command.running.interpreter import SHIMS, path_with_python, shell
from sweepflow.training.command.running.process import LOCK, Process, locked
from sweepflow.training.command.running.reason import why
from sweepflow.training.job import OUTPUTS, Reporter

_POLL_SECONDS = 0.1
_TAIL_BYTES = 16_000
_STDERR = 2


class Script(NamedTuple):
    """A command to run: its line for the shell, and what it runs with."""

    line: str
    code: Path | None
    """The folder of its code; None: it runs in an empty one."""
    copies_code: bool
    """Whether it runs in a copy of the code; otherwise in that folder itself."""
    folder: Path
    """The trial's own folder."""
    environment: Mapping[str, str]
    """What is added to this process's environment."""


def run(script: Script, report: Reporter) -> None:
    """Run the command until it and all that it has started have ended; what it logs is reported meanwhile.

    TrialError if it ends with another exit code than 0, TrialLost if a signal ends it. When `report` raises,
    or this process gets a SIGTERM, all that runs gets a SIGTERM, and four seconds to end.
    """
    begin = _size_of_output()
    with logged(script.folder, script.environment) as logs:
        code = _run(script, logs, report)
        try:
            _report_new(logs, report, is_over=True)
        except TrialError:
            if code == 0:
                raise
    if code != 0:
        failure = why(code, _end_of_output(begin))
        reason = _without_copy(failure.reason, script.folder)
        if hint := script.code and why_missing(reason, script.code, script.folder):
            reason = f"{reason}; {hint}"
        raise (TrialLost if failure.is_lost else TrialError)(reason)


def _without_copy(reason: str, trial: Path) -> str:
    """The reason with paths relative to the copy of the code, which is not there any more when it is read."""
    for copy in (copy_of(trial), copy_of(trial).resolve()):
        reason = reason.replace(f"{copy}/", "")
    return reason


def _run(script: Script, logs: Logged, report: Reporter) -> int:
    with _softly_ended() as is_to_end, _running(script, logs.environment(script.environment)) as process:
        while (code := process.wait(_POLL_SECONDS)) is None:
            if is_to_end.is_set():
                raise TrialError("it was told to end")
            _report_new(logs, report)
    return code


def clean_up(folder: Path) -> None:
    """Remove from a trial's folder what only its command needed, once no process of it is left.

    OSError or TrialError if that fails.
    """
    with locked(folder):
        remove_copy(folder)
        clean_up_logs(folder, folder / OUTPUTS)
        for name in (SHIMS, LOCK):
            remove_folder(folder / name)


@contextmanager
def _running(script: Script, log_variables: Mapping[str, str]) -> Iterator[Process]:
    """The command's process; with the block, everything ends that it has started."""
    in_place = None if script.copies_code else script.code
    with locked(script.folder) as lock:
        environment = _environment(script, log_variables)
        process = Process([shell(), script.line], in_place or copy_of(script.folder), environment, lock)
        try:
            if in_place is None:
                copy_code(script.code, script.folder)
        except BaseException:
            process.close()
            raise
    try:
        process.start()
        yield process
    except (TrialTerminated, TrialError):
        process.end()
        raise
    finally:
        process.close()


def _environment(script: Script, log_variables: Mapping[str, str]) -> dict[str, str]:
    environment = {
        "PYTHONUNBUFFERED": "1",
        **os.environ,
        **log_variables,
        "SWEEPFLOW_OUTPUTS": str(private_folder(script.folder / OUTPUTS)),
        **script.environment,
    }
    return {**environment, "PATH": path_with_python(environment.get("PATH", os.defpath), script.folder)}


def _report_new(logs: Logged, report: Reporter, *, is_over: bool = False) -> None:
    while batch := logs.new(is_over=is_over):
        for metrics in batch:
            report(metrics)


@contextmanager
def _softly_ended() -> Iterator[threading.Event]:
    """What is set when this process gets a SIGTERM, which does not end it within the block."""
    is_to_end = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # only that one can handle signals
        yield is_to_end
        return
    earlier = signal.signal(signal.SIGTERM, lambda *_: is_to_end.set())
    try:
        yield is_to_end
    finally:
        signal.signal(signal.SIGTERM, earlier)


def _size_of_output() -> int:
    # In a worker both streams are the trial's log.
    return os.fstat(_STDERR).st_size


def _end_of_output(begin: int) -> str:
    """The end of what has been printed since the output had this size; empty if it is no file."""
    size = _size_of_output()
    begin = begin if size >= begin else 0  # a log that is too long loses its beginning
    try:
        tail = os.pread(_STDERR, _TAIL_BYTES, max(begin, size - _TAIL_BYTES))
    except OSError:
        return ""
    return tail.decode(errors="backslashreplace")
