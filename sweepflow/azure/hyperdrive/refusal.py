"""What cannot be done here, in one sentence."""

from sweepflow.errors import SweepflowError


class Refused(SweepflowError):
    """What a notebook asked for cannot be done here; the message says what, and what to do."""


class CloudOnly(Refused):
    """What a notebook asked for exists only in Azure's cloud."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(f"{what} exists only in Azure's cloud: {instead}")


class NotHere(Refused, AttributeError):
    """A run has no method or value of this name here."""

    def __init__(self, owner: object, name: str) -> None:
        super().__init__(
            f"{type(owner).__name__} has no '{name}' here: take it out, or run that part in Azure"
        )


def not_here(owner: object, name: str) -> AttributeError:
    """The error for a name that an object lacks; Python's own for those that it looks for itself."""
    return AttributeError(name) if name.startswith("_") else NotHere(owner, name)


_told: set[str] = set()


def note(sentence: str) -> None:
    """Print what has no effect here, once in a process."""
    if sentence not in _told:
        _told.add(sentence)
        print(f"note: {sentence}")
