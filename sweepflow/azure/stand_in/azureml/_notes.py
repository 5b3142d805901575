"""Tells in a trial's log what is done otherwise than the script says."""

from functools import cache


@cache
def note(text: str) -> None:
    """Print it, the first time only."""
    print(f"note: {text}", flush=True)
