"""What cannot be done here, in one sentence."""

from sweepflow.errors import SweepflowError


class NotebookError(SweepflowError):
    """What a notebook asked for cannot be done here; the message says what, and what to do."""


class CloudOnly(NotebookError):
    """What a notebook asked for exists only in Azure's cloud."""


class NotHere(NotebookError, AttributeError):
    """A run has no method or value of this name here."""


def cloud_only(what: str, instead: str) -> CloudOnly:
    """The error for what exists only in Azure's cloud, and what to do instead."""
    return CloudOnly(f"{what} exists only in Azure's cloud: {instead}")


def not_here(owner: object, name: str) -> AttributeError:
    """The error for a name that an object lacks; Python's own for those that it looks for itself."""
    if name.startswith("_"):
        return AttributeError(name)
    return NotHere(f"{type(owner).__name__} has no '{name}' here: take it out, or run that part in Azure")


_printed: set[str] = set()


def note(sentence: str) -> None:
    """Print what has no effect here, once in a process."""
    if sentence not in _printed:
        _printed.add(sentence)
        print(f"note: {sentence}")
