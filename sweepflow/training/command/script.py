"""Runs one command for a trial: in its own folder, with its metrics read while it runs."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from sweepflow.errors import TrialError
from sweepflow.training.job import Reporter

_POLL_SECONDS = 0.05


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
    """Run the command until it ends; each line of metrics that it has written is reported.

    TrialError if it ends with another exit code than 0. When `report` raises, the command is ended first.
    """
    outputs = script.folder / "outputs"
    outputs.mkdir(exist_ok=True)
    metrics = script.folder / "metrics.jsonl"
    metrics.write_bytes(b"")
    environment = {"SWEEPFLOW_METRICS": str(metrics), "SWEEPFLOW_OUTPUTS": str(outputs), **script.environment}
    process = subprocess.Popen(
        [shutil.which("bash") or "/bin/sh", "-c", script.line],
        cwd=_working_folder(script),
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        process_group=0,
    )
    try:
        lines = _lines(metrics, process)
        for line in lines:
            report(_metrics(line))
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
    if code != 0:
        raise TrialError(
            f"the command ended with exit code {code}" if code > 0 else f"signal {-code} ended it"
        )


def _working_folder(script: Script) -> Path:
    if script.code is not None and not script.copies_code:
        return script.code
    folder = script.folder / "code"
    if folder.exists():
        shutil.rmtree(folder)
    if script.code is None:
        folder.mkdir()
    else:
        shutil.copytree(script.code, folder)
    if not (folder / "outputs").exists():
        (folder / "outputs").symlink_to(script.folder / "outputs")
    return folder


def _lines(path: Path, process: "subprocess.Popen[bytes]") -> Iterator[str]:
    """The lines of the file as they are written, until the process has ended."""
    with path.open("rb") as file:
        begun = b""
        while True:
            has_ended = process.poll() is not None
            *lines, begun = (begun + file.read()).split(b"\n")
            yield from (line.decode(errors="backslashreplace") for line in lines)
            if has_ended:
                if begun:
                    yield begun.decode(errors="backslashreplace")
                return
            with suppress(subprocess.TimeoutExpired):
                process.wait(_POLL_SECONDS)


def _metrics(line: str) -> Mapping[str, object]:
    try:
        metrics = json.loads(line)
    except ValueError:
        metrics = None
    if not isinstance(metrics, dict):
        raise TrialError(f"a line of its metrics is no JSON object: {line[:200]!r}")
    return metrics
