"""A process that calls one function, and gives its memory back when it ends; what it runs, and its other end.

Both ends are processes of one sweep, so that they may send each other pickled objects.
"""

import os
import pickle
import socket
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no types

from sweepflow.base.orphan import die_with
from sweepflow.base.settings import cores


def main(descriptor: int, parent: int) -> None:
    """Call the function that comes over this socket, and send back what it returns or raises."""
    die_with(parent)
    os.set_inheritable(descriptor, False)
    with socket.socket(fileno=descriptor) as line, line.makefile("rwb") as stream:
        try:
            function, arguments, options = pickle.load(stream)
        except EOFError:  # the sweep was interrupted before it could ask
            os._exit(0)
        # Those of a worker are for its share of the cores, and this process is alone.
        with threadpool_limits(limits=_n_threads()):
            answer = _answer(function, arguments, options)
        stream.write(answer)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def ask(
    line: socket.socket,
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    options: Mapping[str, Any],
) -> Any:
    """What the function returns in the process at the other end; raises what it raises there.

    EOFError or ConnectionError if that process ends before.
    """
    with line.makefile("rwb") as stream:
        pickle.dump((function, arguments, options), stream)
        stream.flush()
        has_raised, value = pickle.load(stream)
    if has_raised:
        raise value
    return value


def _answer(function: Callable[..., Any], arguments: tuple[Any, ...], options: Mapping[str, Any]) -> bytes:
    try:
        return pickle.dumps((False, function(*arguments, **options)))
    except BaseException as error:  # noqa: BLE001  the sweep raises it
        there = traceback.format_exc()
        try:
            error.add_note(f"In the process that was asked:\n{there}")
            return pickle.dumps((True, error))
        except Exception:  # noqa: BLE001  a library's own exception need not pickle
            return pickle.dumps((True, RuntimeError(f"{type(error).__name__}: {error}\n{there}")))


def _n_threads() -> int:
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return int(asked) if asked.isdecimal() and int(asked) else cores()
