"""Tells in a trial's log what is done otherwise than the script says."""

from __future__ import annotations

_printed: set[str] = set()


def note(text: str) -> None:
    """Print it, the first time only."""
    if text not in _printed:
        _printed.add(text)
        print(f"note: {text}", flush=True)
