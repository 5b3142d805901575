"""The proportion in which predictions are blended for rows that nobody has learned from."""

import numpy as np
import pytest

from sweepflow.starter.blending import Answers, proportion

GENERATOR = np.random.default_rng(0)
TRUTH = GENERATOR.normal(size=500)


def error(predicted: np.ndarray) -> float:
    return -float(((predicted - TRUTH) ** 2).mean())


def off(deviation: float) -> np.ndarray:
    return TRUTH + GENERATOR.normal(size=500) * deviation


def test_predictions_that_err_apart_count_by_how_well_they_predict() -> None:
    good, fair, bad = off(1.0), off(1.4), off(10.0)
    weights = proportion([bad, good, fair], error)
    assert weights[0] == 0
    assert weights[1] > weights[2] > 0


def test_alone_or_twice_the_same_the_least_weight_is_one() -> None:
    good = off(1.0)
    assert proportion([good], error) == [1]
    assert proportion([good, off(50.0)], error) == [1, 0]
    assert sorted(proportion([good, good], error)) == [0, 1]


def test_the_mean_is_no_worse_than_the_best_alone() -> None:
    for _ in range(10):
        predicted = [off(deviation) for deviation in GENERATOR.uniform(0.5, 3, size=4)]
        weights = proportion(predicted, error)
        mean = np.average(predicted, axis=0, weights=weights)
        assert error(mean) >= max(map(error, predicted)) - 1e-12


def test_answers_are_the_most_probable_classes() -> None:
    table = np.array([[0.2, 0.8], [0.9, 0.1]])
    answers = Answers(table, ("no", "yes"))
    assert list(answers.predict(None)) == ["yes", "no"]
    assert answers.predict_proba(None) is table
    assert Answers(TRUTH, None).predict(None) == pytest.approx(TRUTH)
