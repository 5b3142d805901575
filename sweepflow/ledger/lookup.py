"""Finding a sweep by what a person types: its ID, the beginning of it, or `latest`."""

from sweepflow.errors import Problem, SpecError
from sweepflow.ledger.ledger import Ledger, SweepRow

_TOLD = 5


def find_sweep(ledger: Ledger, asked: str) -> SweepRow:
    """The row of the one sweep that is meant; SpecError if there is none, or more than one.

    The latest is the one that was started last, in whatever state it is.
    """
    if (row := ledger.sweep(asked)) is not None:
        return row
    sweep_ids = ledger.sweep_ids() if asked else []
    meant = sweep_ids[:1] if asked == LATEST else [found for found in sweep_ids if found.startswith(asked)]
    if len(meant) > 1:
        more = ", ..." if len(meant) > _TOLD else ""
        told = f"'{asked}' begins the IDs of {len(meant)} sweeps ({', '.join(meant[:_TOLD])}{more})"
        raise SpecError([Problem("", f"{told}: type more of the ID")])
    # It may have been taken back since.
    found = ledger.sweep(meant[0]) if meant else None
    if found is None:
        wanted = "there is no sweep yet" if asked == LATEST else f"there is no sweep '{asked}'"
        raise SpecError([Problem("", f"{wanted} in {ledger.name}: `sweepflow list` shows what there is")])
    return found


LATEST = "latest"
