import numpy as np
import pytest
from pydantic import TypeAdapter

from sweepflow.sampling.kept import Kept
from sweepflow.sampling.surrogates import gp
from sweepflow.sampling.surrogates.encoding import Encoding
from sweepflow.sampling.surrogates.gp import best_points, standard_scores
from sweepflow.sampling.surrogates.observations import Observation
from sweepflow.space.search_space import SearchSpace
from sweepflow.trials.history import History
from sweepflow.trials.objective import Objective

SPACE = TypeAdapter(SearchSpace)
NESTED = Encoding(
    SPACE.validate_python(
        {
            "model": {
                "type": "choice",
                "values": [
                    {"depth": {"type": "quniform", "min_value": 0, "max_value": 4, "q": 1}},
                    {
                        "kernel": {"type": "choice", "values": ["a", "b", "a"]},
                        "only": {"type": "choice", "values": [1]},
                    },
                ],
            },
            "x": {"type": "uniform", "min_value": 0, "max_value": 2},
        }
    )
)
R = 0.5**0.5


def told(*scores):
    return [Observation(number, {}, float(score)) for number, score in enumerate(scores)]


# --- rows of numbers


def test_numbers_are_their_coordinates_categories_one_hot_and_what_is_not_drawn_is_neutral():
    tree = {"model": 0.25, "model.0.depth": 0.1, "x": 0.9}
    # Two of the three values are "a": it lies in the first and the last third.
    line = {"model": 0.75, "model.1.kernel": 0.99, "model.1.only": 0.0, "x": 0.2}
    assert NESTED.axis_of_column == [0, 0, 1, 2, 2, 4]
    assert NESTED.encode(NESTED.rows([tree, line])) == pytest.approx(
        np.array([[R, 0, 0.1, 0, 0, 0.9], [0, R, 0.5, R, 0, 0.2]])
    )


def test_only_numbers_that_are_drawn_are_free():
    tree, line = NESTED.rows([{"model": 0.25}, {"model": 0.75}])
    assert NESTED.free(tree) == ([1, 4], [2, 5])
    assert NESTED.free(line) == ([4], [5])


def test_a_row_is_a_point_below_one():
    assert NESTED.point(np.array([0.25, 1.0, 0.5, 0.5, 0.0]))["model.0.depth"] < 1


def test_a_quantised_coordinate_is_snapped_to_where_its_value_is_known():
    rows = NESTED.snapped(np.array([[0.25, 0.3, 0.5, 0.5, 0.123]]))
    # 1 stands for [0.5, 1.5] of [0, 4].
    assert rows.tolist() == [[0.25, 0.25, 0.5, 0.5, 0.123]]


# --- scores


def test_scores_are_standardised():
    scores = standard_scores(told(*range(20)))
    assert (scores.mean(), scores.std()) == pytest.approx((0, 1))
    assert (np.diff(scores) > 0).all()


def test_a_disaster_does_not_hide_what_the_good_ones_differ_by():
    scores = standard_scores(told(*range(20), -1e9))
    # Only standardised, they would differ by less than 1e-7.
    assert scores[19] - scores[10] > 0.2
    assert scores.argmin() == 20


@pytest.mark.parametrize("scores", [(1, 1, 1), (1,), (0, 0, 0, 0, 5), (0, 0, 0, -5)])
def test_scores_without_much_spread_are_finite(scores):
    assert np.isfinite(standard_scores(told(*scores))).all()


# --- which trials are modelled


def test_of_many_trials_the_best_and_the_latest_are_modelled_in_their_order():
    seen = told(9, 8, 0, 1, 2, 3)
    assert [each.number for each in gp._essential(seen, 4)] == [0, 1, 4, 5]
    assert [each.number for each in gp._essential(seen, 6)] == [0, 1, 2, 3, 4, 5]


def test_hyperparameters_are_fitted_when_there_are_a_twentieth_more_trials(monkeypatch):
    space = SPACE.validate_python({"x": {"type": "uniform", "min_value": 0, "max_value": 1}})
    history, fits = History(Objective(primary_metric="loss", goal="minimize")), []
    fitted = gp.fitted
    counted = Kept(lambda codes, *rest: fits.append(len(codes)) or fitted(codes, *rest))
    monkeypatch.setattr(gp, "_FITTED", counted)
    seen = [Observation(k, {"x": (k * 0.37) % 1}, float(k % 7)) for k in range(84)]
    for n in range(78, 85):
        list(gp.best_points(space, history, seen[:n], 0))
    assert fits == [78, 80, 84]


def test_what_was_fitted_to_another_space_with_the_same_codes_is_not_used():
    history = History(Objective(primary_metric="loss", goal="minimize"))
    number = {"type": "uniform", "min_value": 0, "max_value": 1}
    numbers = SPACE.validate_python({"a": number, "b": number})
    category = SPACE.validate_python({"a": {"type": "choice", "values": ["x", "y"]}})
    corner = 0.5**0.5
    of_category = [Observation(n, {"a": 0.25 if n % 2 else 0.75}, float(n % 2)) for n in range(12)]
    of_numbers = [
        Observation(n, {"a": corner, "b": 0.0} if n % 2 else {"a": 0.0, "b": corner}, float(n % 2))
        for n in range(12)
    ]
    next(best_points(category, history, of_category, 0))
    fresh = History(Objective(primary_metric="loss", goal="minimize"))
    expected = next(best_points(numbers, fresh, of_numbers, 0))
    assert next(best_points(numbers, history, of_numbers, 0)) == expected
