"""A process that calls one function, and gives its memory back when it ends; what it runs, and its other end.

Both ends are processes of one sweep, so that they may send each other pickled objects.
"""

import os
import pickle
import socket
import sys
from collections.abc import Callable, Mapping
from functools import partial
from io import BufferedIOBase
from typing import Any

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no types

from sweepflow.base.answers import Answer, answer_of, result_of
from sweepflow.base.orphan import die_with
from sweepflow.base.settings import cores


def main(descriptor: int, parent: int) -> None:
    """Call the function that comes over this socket, and send back what it returns or raises."""
    die_with(parent)
    os.set_inheritable(descriptor, False)
    with socket.socket(fileno=descriptor) as line, line.makefile("rwb") as stream:
        # Those of a worker are for its share of the cores, and this process is alone.
        with threadpool_limits(limits=_n_threads()):
            answer = answer_of(partial(_call, stream))
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
        answer: Answer = pickle.load(stream)
    return result_of(answer)


def _call(stream: BufferedIOBase) -> object:
    """What the function that comes over the stream returns."""
    try:
        function, arguments, options = pickle.load(stream)
    except EOFError:  # the sweep was interrupted before it could ask
        os._exit(0)
    return function(*arguments, **options)


def _n_threads() -> int:
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return int(asked) if asked.isdecimal() and int(asked) else cores()
