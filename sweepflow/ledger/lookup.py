"""Finds a sweep by what a user types: its ID, the beginning of it, or `latest`."""

from sweepflow.errors import Problem, SpecError
from sweepflow.ledger.ledger import Ledger, SweepRow

LATEST = "latest"

_MOST_SHOWN = 5


def find_sweep(ledger: Ledger, text: str) -> SweepRow:
    """The row of the one sweep that the text names; SpecError if it names none, or more than one.

    `latest` names the sweep that was started last, whatever its state.
    """
    if (row := ledger.sweep(text)) is not None:
        return row
    sweep_ids = ledger.sweep_ids() if text else []
    matches = (
        sweep_ids[:1] if text == LATEST else [sweep_id for sweep_id in sweep_ids if sweep_id.startswith(text)]
    )
    if len(matches) > 1:
        more = ", ..." if len(matches) > _MOST_SHOWN else ""
        shown = f"{', '.join(matches[:_MOST_SHOWN])}{more}"
        message = f"'{text}' begins the IDs of {len(matches)} sweeps ({shown}): type more of the ID"
        raise SpecError([Problem("", message)])
    # Another process may have deleted it since.
    row = ledger.sweep(matches[0]) if matches else None
    if row is None:
        reason = "there is no sweep yet" if text == LATEST else f"there is no sweep '{text}'"
        raise SpecError([Problem("", f"{reason} in {ledger.name}: `sweepflow list` shows what there is")])
    return row
