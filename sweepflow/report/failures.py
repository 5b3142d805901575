"""Why trials failed, the commonest reason first."""

from collections import defaultdict
from typing import NamedTuple

from sweepflow.archive import Sweep

_MOST_NUMBERS = 12
_LONGEST = 2000


class Failure(NamedTuple):
    """Trials that failed for one reason."""

    reason: str
    n_trials: int
    numbers: str


def failures(sweep: Sweep) -> list[Failure]:
    """The failed and timed out trials by reason."""
    found: dict[str, list[int]] = defaultdict(list)
    for row in sorted(sweep.rows, key=lambda row: row["number"]):
        if row["state"] in ("failed", "timed_out"):
            found[row["error"] or "no reason is on record"].append(row["number"])
    return [
        Failure(_short(reason), len(numbers), _told(numbers))
        for reason, numbers in sorted(found.items(), key=lambda item: -len(item[1]))
    ]


def _told(numbers: list[int]) -> str:
    told = ", ".join(map(str, numbers[:_MOST_NUMBERS]))
    return told if len(numbers) <= _MOST_NUMBERS else f"{told}, …"


def _short(reason: str) -> str:
    return reason if len(reason) <= _LONGEST else f"{reason[:_LONGEST]} …"
