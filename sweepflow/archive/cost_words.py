"""What the model of a trial costs, in words."""

from collections.abc import Mapping

from sweepflow.base.printable import three_digits
from sweepflow.trials.rows import COSTS

_UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def cost_words(metrics: Mapping[str, float | None]) -> str:
    """The costs among these metrics of a trial: `fitted in 1.2 s, ...`; empty if there are none."""
    seconds, milliseconds, n_bytes = (metrics.get(name) for name in COSTS)
    words = [
        f"fitted in {three_digits(seconds)} s" if seconds is not None else "",
        f"predicts a row in {three_digits(milliseconds)} ms" if milliseconds is not None else "",
        f"takes {_size(n_bytes)}" if n_bytes is not None else "",
    ]
    return ", ".join(filter(None, words))


def _size(n_bytes: float) -> str:
    for unit, name in _UNITS:
        if n_bytes >= unit:
            return f"{three_digits(n_bytes / unit)} {name}"
    return f"{n_bytes:.0f} bytes"
