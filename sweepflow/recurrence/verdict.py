"""Whether a probe's findings are worth a sweep: facts in, decision out."""

from collections.abc import Sequence
from typing import NamedTuple

from sweepflow.gating import Fall, GateDecision
from sweepflow.trials.parameters import Parameters


class Rival(NamedTuple):
    """A past configuration, trained again on the new data, and what the gate says of it.

    Without a decision, why it could not be trained or compared.
    """

    number: int
    """The trial's, in the earlier sweep."""
    parameters: Parameters
    decision: GateDecision | None = None
    error: str | None = None


class Findings(NamedTuple):
    """What a probe has measured, on the same rows for all."""

    champion: str
    """What to call it before people."""
    metric: str
    tolerance: float
    confidence: float
    n_rows: int
    fall: Fall
    rivals: tuple[Rival, ...]


class Verdict(NamedTuple):
    """Whether a full sweep is to follow, and why, in one sentence."""

    goes_on: bool
    reason: str


def verdict(found: Findings) -> Verdict:
    """A sweep is worth it if the champion has fallen, another has passed it, or none could be trained."""
    compared = [_Compared(each.number, each.decision) for each in found.rivals if each.decision]
    passed = _best([each for each in compared if each.decision.promote])
    if found.fall.has_fallen:
        return Verdict(True, f"{_champion(found, 'fell')}, wholly below {-found.tolerance or 0:g}")
    if passed is not None:
        return Verdict(True, f"{_champion(found, 'held')}, but {_rival(passed, 'passed it')}")
    held = f"{_champion(found, 'held')}, and {_rivals(found.rivals, _best(compared))}"
    return Verdict(not compared, held)


def _champion(found: Findings, did: str) -> str:
    fall = found.fall
    interval = f"{100 * found.confidence:g} % interval {fall.low:.4g} to {fall.high:.4g}"
    values = f"{fall.before:.4g} -> {fall.after:.4g}" + (" (smaller is better)" if fall.is_loss else "")
    change = f"{found.metric} {values}, {fall.difference:+.4g} ({interval})"
    return f"{found.champion} {did} on {found.n_rows} new rows: {change}"


def _rivals(rivals: Sequence[Rival], best: "_Compared | None") -> str:
    if best is None:
        why = rivals[0].error if rivals else "the earlier sweep has none"
        return f"none of {len(rivals)} past configurations could be compared with it: {why}"
    return f"none of {len(rivals)} past configurations passed it; {_rival(best, 'came nearest')}"


def _rival(rival: "_Compared", did: str) -> str:
    found = rival.decision
    interval = f"interval {found.low:.4g} to {found.high:.4g}"
    return f"trial {rival.number}'s configuration {did}: {found.difference:+.4g} ({interval})"


class _Compared(NamedTuple):
    """A rival that could be compared."""

    number: int
    decision: GateDecision


def _best(rivals: Sequence[_Compared]) -> _Compared | None:
    """The one that gains most; None if there is none."""
    return max(rivals, key=lambda rival: rival.decision.difference, default=None)
