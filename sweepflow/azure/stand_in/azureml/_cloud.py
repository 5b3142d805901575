"""What exists only in the SDK's cloud: it can be imported, and says so when it is used."""

from __future__ import annotations

from typing import Any, NoReturn


class CloudOnly(AttributeError, NotImplementedError):
    """The script uses something that exists only in Azure's cloud; the message says what to do."""

    def __init__(self, name: str, instead: str = "take the call out, or run that part there") -> None:
        super().__init__(
            f"{name} exists only in Azure's cloud, and this sweep runs on your machine: {instead}"
        )

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the sentence alone."""
        return [str(self)]


class _Absent(type):
    """The type of a class that only the cloud has."""

    def __call__(cls, *_: object, **__: object) -> NoReturn:
        raise CloudOnly(_name(cls))

    def __getattr__(cls, name: str) -> NoReturn:
        raise CloudOnly(f"{_name(cls)}.{name}")


def absent(module: str, name: str) -> Any:
    """A class of this name that raises `CloudOnly` when it is called, or asked for an attribute.

    An exception if its name ends like one, so that it can be caught. Names that Python itself asks for, such
    as `__path__`, raise the AttributeError that it expects.
    """
    if name.startswith("__"):
        raise AttributeError(f"module '{module}' has no attribute '{name}'")
    if name.endswith(("Exception", "Error")):
        return type(name, (Exception,), {"__module__": module})
    return _Absent(name, (), {"__module__": module})


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__name__}"
