import pytest

from sweepflow.trials.objective import Objective
from sweepflow.trials.standing import Standing

MAXIMIZE = Objective(primary_metric="auc", goal="maximize")
MINIMIZE = Objective(primary_metric="loss", goal="minimize")


@pytest.mark.parametrize(
    ("objective", "ordered"), [(MAXIMIZE, [0.8, 0.7, 0.7, 0.5]), (MINIMIZE, [0.5, 0.7, 0.7, 0.8])]
)
def test_the_best_value_comes_first_whenever_it_was_added(objective, ordered):
    standing = Standing(objective, [0.7, 0.5])
    standing.add(0.8)
    standing.add(0.7)
    assert list(standing) == ordered
    assert standing.median == 0.7


def test_of_equal_values_one_is_removed():
    standing = Standing(MAXIMIZE, [0.7, 0.7, 0.5])
    standing.remove(0.7)
    assert list(standing) == [0.7, 0.5]
    assert standing.median == pytest.approx(0.6)


@pytest.mark.parametrize("value", [0.4, 0.6, 0.9])
def test_what_was_never_added_cannot_be_removed(value):
    with pytest.raises(ValueError, match=f"{value} is not among the values"):
        Standing(MINIMIZE, [0.5, 0.7]).remove(value)


def test_a_standing_and_one_more_value_leaves_the_standing_as_it_is():
    standing = Standing(MAXIMIZE, [0.7])
    assert list(standing.and_one(0.8)) == [0.8, 0.7]
    assert list(standing) == [0.7]
