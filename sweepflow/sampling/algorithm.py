"""What every sampling algorithm can be asked besides its next proposal."""

import math
from typing import ClassVar, Self

from sweepflow.errors import Problem
from sweepflow.fields.model import SpecModel
from sweepflow.space.constraints import Allows
from sweepflow.space.search_space import SearchSpace
from sweepflow.trials.history import History
from sweepflow.trials.parameters import Parameters


class Algorithm(SpecModel):
    """A sampling algorithm; each has a `seed` and `propose(space, history, number, seed, allows)`."""

    base: ClassVar[float] = math.e
    """What the log types of the search space are exponents of."""

    def settled(self, seed: int, slots: int) -> Self:  # noqa: ARG002
        """The same with what it leaves open recorded: this seed, if it takes one and was given none."""
        takes_seed = "seed" in type(self).model_fields and getattr(self, "seed", None) is None
        return self.model_copy(update={"seed": seed}) if takes_seed else self

    def check(self, space: SearchSpace) -> list[Problem]:  # noqa: ARG002
        """The problems that it has with the search space."""
        return []

    def notices(self, space: SearchSpace, max_total_trials: int, slots: int) -> list[str]:  # noqa: ARG002
        """What to know before it runs so many trials, so many at once."""
        return []

    def is_ready(self, history: History, number: int) -> bool:  # noqa: ARG002
        """Whether trial `number` may be asked for now, or only when further trials have ended."""
        return True

    def number_of(
        self,
        space: SearchSpace,  # noqa: ARG002
        parameters: Parameters,  # noqa: ARG002
        allows: Allows,  # noqa: ARG002
    ) -> int | None:
        """Which trial gets these parameters whatever else is tried; None where none does."""
        return None
