"""What a new policy must bring, and what it need not."""

import pytest

from sweepflow.termination import GO_ON, Policy
from sweepflow.termination.policy import Schedule


def test_a_policy_without_a_decision_cannot_be_made():
    class Undecided(Schedule):
        type: str = "undecided"

    with pytest.raises(TypeError, match="decide"):
        Undecided()


def test_a_policy_with_its_two_methods_needs_nothing_else():
    class Lenient(Policy):
        type: str = "lenient"

        def applies_at(self, _):
            return False

        def decide(self, *_):
            return GO_ON

    assert Lenient().model_dump() == {"type": "lenient"}
