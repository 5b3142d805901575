"""What is wrong with a booster's parameters: as found before the training, or as the library says."""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sweepflow.base.printable import brief, shortened
from sweepflow.errors import TrialError

_PLACE = re.compile(r"(\[[\d:]+\] )?\S+\.(cc|cpp|cu|cuh|h):\d+: ")
"""Where in its own source a library has found the fault."""
_MOST_SHOWN = 300
_NO_COUNTS = ("od_type", "od_pval", "use_best_model")
_BY_COLUMN = "monotone_constraints"


def check_parameters(parameters: Mapping[str, Any], patience: Collection[str]) -> None:
    """Refuse, with a TrialError, what a library takes for something else, or fails on without saying why."""
    for name in patience:
        rounds = parameters.get(name)
        if name in _NO_COUNTS or rounds is None:
            continue
        if isinstance(rounds, bool) or not isinstance(rounds, int) or rounds < 0:
            rule = "must be a whole number of rounds, or null for no early stopping"
            raise TrialError(f"{name} {rule}, got {brief(rounds)}")
    if isinstance(constraints := parameters.get(_BY_COLUMN), Mapping):
        rule = "must be a list, a number for each column in the order of the table"
        raise TrialError(f"{_BY_COLUMN} {rule}, got {brief(dict(constraints))}")


@contextmanager
def told_by(package: str) -> Iterator[None]:
    """Raise what the library itself raises as a TrialError of one sentence."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in (package, f"_{package}"):
            raise
        raise TrialError(f"{package}: {_in_a_sentence(str(error))}") from error


def _in_a_sentence(text: str) -> str:
    said = _PLACE.sub("", text.partition("Stack trace:")[0], count=1)
    return shortened(" ".join(said.split()), _MOST_SHOWN)
