"""A process that calls one function, and gives its memory back when it ends; what it runs, and its other end.

Both ends are processes of one sweep, so that they may send each other pickled objects.
"""

import os
import pickle
import socket
import sys
import traceback
from collections.abc import Callable, Mapping
from io import BufferedIOBase
from typing import Any, NamedTuple

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no types

from sweepflow.base.orphan import die_with
from sweepflow.base.settings import cores


class _Traceback(Exception):
    """Where the process that was asked has raised an error, as the cause of the same error here."""

    def __str__(self) -> str:
        return f"in the process that was asked:\n{self.args[0]}"


class _Answer(NamedTuple):
    """What a function has returned, or an error with its words and its traceback."""

    pickled: bytes
    words: str = ""
    traceback: str | None = None
    """None if the function has returned."""


def main(descriptor: int, parent: int) -> None:
    """Call the function that comes over this socket, and send back what it returns or raises."""
    die_with(parent)
    os.set_inheritable(descriptor, False)
    with socket.socket(fileno=descriptor) as line, line.makefile("rwb") as stream:
        # Those of a worker are for its share of the cores, and this process is alone.
        with threadpool_limits(limits=_n_threads()):
            answer = _answer(stream)
        for output in (sys.stdout, sys.stderr):  # the sweep kills this process as soon as it has the answer
            output.flush()
        pickle.dump(answer, stream)
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
    request = pickle.dumps((function, arguments, options))
    with line.makefile("rwb") as stream:
        stream.write(request)
        stream.flush()
        answer: _Answer = pickle.load(stream)
    if answer.traceback is not None:
        raise _error(answer) from _Traceback(answer.traceback)
    return pickle.loads(answer.pickled)


def _answer(stream: BufferedIOBase) -> _Answer:
    try:
        function, arguments, options = pickle.load(stream)
    except EOFError:  # the sweep was interrupted before it could ask
        os._exit(0)
    except Exception as error:  # noqa: BLE001  the sweep raises it
        return _failure(error)
    try:
        return _Answer(pickle.dumps(function(*arguments, **options)))
    except BaseException as error:  # noqa: BLE001  the sweep raises it
        return _failure(error)


def _failure(error: BaseException) -> _Answer:
    words, where = f"{type(error).__name__}: {error}", traceback.format_exc()
    try:
        return _Answer(pickle.dumps(error), words, where)
    except Exception:  # noqa: BLE001  a library's own exception need not pickle
        return _Answer(b"", words, where)


def _error(answer: _Answer) -> BaseException:
    """The error of the answer; one with its words where it cannot be rebuilt here."""
    try:
        error = pickle.loads(answer.pickled)
    except Exception:  # noqa: BLE001  its class may want other arguments, or be of a module of the user's
        return RuntimeError(answer.words)
    return error if isinstance(error, BaseException) else RuntimeError(answer.words)


def _n_threads() -> int:
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return int(asked) if asked.isdecimal() and int(asked) else cores()
