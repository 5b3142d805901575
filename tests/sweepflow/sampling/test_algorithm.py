"""What a new sampling algorithm must bring, and what it need not."""

import pytest
from pydantic import TypeAdapter

from sweepflow.sampling import Algorithm
from sweepflow.space.constraints import anything
from sweepflow.space.search_space import SearchSpace
from sweepflow.trials.history import History
from sweepflow.trials.objective import Objective

SPACE = TypeAdapter(SearchSpace).validate_python({"x": {"type": "choice", "values": [1, 2]}})
HISTORY = History(Objective(primary_metric="loss", goal="minimize"))


def test_an_algorithm_without_proposals_cannot_be_made():
    class Empty(Algorithm):
        type: str = "empty"

    with pytest.raises(TypeError, match="propose"):
        Empty()


def test_an_algorithm_that_proposes_takes_any_space_and_is_always_ready():
    class First(Algorithm):
        type: str = "first"

        def propose(self, *_):
            return {"x": 1}

    first = First()
    assert first.check(SPACE) == first.notices(SPACE, 10, 2) == []
    assert first.settled(7, 2) == first
    assert first.is_ready(HISTORY, 5)
    assert first.number_of(SPACE, {"x": 1}, anything) is None
