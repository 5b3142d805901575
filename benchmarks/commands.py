"""Runs the commands of the benchmarks: each ends, one way or another, and leaves nothing behind."""

import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


class CommandFailed(Exception):
    """A command that printed no JSON object; says why, in a line."""


def answer(command: Sequence[str], seconds: float, own: Mapping[str, str]) -> dict[str, Any]:
    """The JSON object in the last line that the command prints within so many seconds.

    A script exits with an error if it is beyond a limit: with an object, that is an answer too.
    `own` are environment variables for this command.
    """
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(FOLDER), **own}
    with subprocess.Popen(
        command,
        env=environment,
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            output, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise CommandFailed(f"not done after {seconds:.0f} s") from error
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    with suppress(ValueError, IndexError):
        found = json.loads(output.splitlines()[-1])
        if isinstance(found, dict):
            return found
    lines = [line.strip() for line in (errors or output).splitlines() if line.strip()]
    raise CommandFailed(lines[-1] if lines else f"ended with {process.returncode}, and said nothing")
