"""Runs the commands of the benchmarks: each ends, one way or another, and leaves nothing behind."""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

FOLDER = Path(__file__).parent


class CommandFailed(Exception):
    """A command that printed no JSON object; says why, in a line."""


def answer(command: Sequence[str], seconds: float, own: Mapping[str, str]) -> dict[str, Any]:
    """The JSON object in the last line that the command prints within so many seconds.

    A script exits with an error if it is beyond a limit: with an object, that is an answer too.
    `own` are environment variables for this command.
    """
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(FOLDER), **own}
    # Files, for the end of a pipe would wait for all that the command has started and left behind.
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        with subprocess.Popen(
            command, env=environment, cwd=FOLDER, stdout=output, stderr=errors, start_new_session=True
        ) as process:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired as error:
                raise CommandFailed(f"not done after {seconds:.0f} s") from error
            finally:
                _end(process)
        texts = []
        for file in (output, errors):
            file.seek(0)
            texts.append(file.read())
    with suppress(ValueError, IndexError):
        found = json.loads(texts[0].splitlines()[-1])
        if isinstance(found, dict):
            return found
    lines = [line.strip() for line in (texts[1] or texts[0]).splitlines() if line.strip()]
    raise CommandFailed(lines[-1] if lines else f"ended with {process.returncode}, and said nothing")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the process, of its session, and of all that it has started."""
    left = [each for each in psutil.process_iter() if _session(each.pid) == process.pid]
    if process.poll() is None:  # some lead a session of their own
        left += psutil.Process(process.pid).children(recursive=True)
    for each in left:
        with suppress(psutil.NoSuchProcess):
            each.kill()


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:  # it has ended
        return None
