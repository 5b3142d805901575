"""What every sampling algorithm is."""

import math
from abc import abstractmethod
from typing import ClassVar, Self

from sweepflow.errors import Problem
from sweepflow.fields.model import SpecModel
from sweepflow.space.constraints import Allows, anything
from sweepflow.space.search_space import SearchSpace
from sweepflow.trials.history import History
from sweepflow.trials.parameters import Parameters


class Algorithm(SpecModel):
    """A sampling algorithm: a frozen value that says which parameters the next trial gets.

    One that draws has the field `seed`, a whole number or None; one that does not has `seed = None` as a
    class variable. `sweepflow.testing.samplers` has the tests that every algorithm must pass.
    """

    type: str

    is_listed: ClassVar[bool] = False
    """Whether it gives its trials one combination after the other of a list that does not change."""

    learns: ClassVar[bool] = True
    """Whether what it proposes depends on how earlier trials went, and not on their parameters alone.

    If it does not, a trial is made ready before there is a slot for it.
    """

    base: ClassVar[float] = math.e
    """What the log types of the search space are exponents of."""

    @abstractmethod
    def propose(
        self, space: SearchSpace, history: History, number: int, seed: int, allows: Allows = anything
    ) -> Parameters | None:
        """The parameters of trial `number`, counted from 0; None if there is nothing left to try.

        A function of its arguments, which it leaves as they are: after a crash the sweep asks again and must
        get the same. So it draws from `(seed, number)`, not from a stream that runs on, and learns what was
        tried from the history, which may hold trials of that number and later ones, and of another space.
        No configuration of a finite space comes twice. What `allows` refuses does not come; ConstraintError
        if nothing else is found in a space that is too large to be gone through.
        """

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
        """Whether trial `number` may be proposed now, or only when further trials have ended."""
        return True

    def number_of(
        self,
        space: SearchSpace,  # noqa: ARG002
        parameters: Parameters,  # noqa: ARG002
        allows: Allows,  # noqa: ARG002
    ) -> int | None:
        """Which trial gets these parameters whatever else is tried; None where none does."""
        return None
