"""What a function returns or raises in one process of a sweep, for another one, as a pickle."""

import pickle
import traceback
from collections.abc import Callable
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """What a function has returned, or an error with its words and its traceback."""

    pickled: bytes
    words: str = ""
    traceback: str | None = None
    """None if the function has returned."""


class _Traceback(Exception):
    """Where the process that was asked has raised an error, as the cause of the same error here."""

    def __str__(self) -> str:
        return f"in the process that was asked:\n{self.args[0]}"


def answer_of(function: Callable[[], object]) -> Answer:
    """What the function returns or raises."""
    try:
        return Answer(pickle.dumps(function()))
    except BaseException as error:  # noqa: BLE001  whoever has asked raises it
        words, where = f"{type(error).__name__}: {error}", traceback.format_exc()
        try:
            return Answer(pickle.dumps(error), words, where)
        except Exception:  # noqa: BLE001  a library's own exception need not pickle
            return Answer(b"", words, where)


def result_of(answer: Answer) -> Any:
    """What the function has returned; raises what it has raised."""
    if answer.traceback is not None:
        raise _error(answer) from _Traceback(answer.traceback)
    return pickle.loads(answer.pickled)


def _error(answer: Answer) -> BaseException:
    """The error of the answer; one with its words where it cannot be rebuilt here."""
    try:
        error = pickle.loads(answer.pickled)
    except Exception:  # noqa: BLE001  its class may want other arguments, or be of a module of the user's
        return RuntimeError(answer.words)
    return error if isinstance(error, BaseException) else RuntimeError(answer.words)
