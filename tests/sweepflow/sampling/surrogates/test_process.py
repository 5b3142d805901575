import math

import numpy as np
import pytest
from scipy.optimize import check_grad
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from sweepflow.sampling.surrogates.process import Hyperparameters, Process, fitted, negative_log_posterior

STREAM = np.random.default_rng(0)
CODES = STREAM.random((30, 3))
VALUES = np.sin(5 * CODES[:, 0]) + CODES[:, 1] ** 2
VALUES = (VALUES - VALUES.mean()) / VALUES.std()
ALONE = [0, 1, 2]
SHAPE = Hyperparameters(np.array([0.4, 0.7, 2.0]), 1.7, 1e-3)


def theirs(shape):
    """Scikit-learn's regressor; its own noise stands where ours and the jitter do."""
    kernel = ConstantKernel(shape.variance) * Matern(shape.lengths, nu=2.5)
    return GaussianProcessRegressor(kernel, alpha=shape.noise + 1e-8, optimizer=None).fit(CODES, VALUES)


def test_predictions_are_those_of_scikit_learn():
    others = STREAM.random((20, 3))
    means, deviations = Process(CODES, VALUES, SHAPE, ALONE).predict(others)
    expected = theirs(SHAPE).predict(others, return_std=True)
    assert means == pytest.approx(expected[0], abs=1e-8)
    assert deviations == pytest.approx(expected[1], abs=1e-6)


def test_the_likelihood_is_that_of_scikit_learn():
    # Differences, because ours leaves out a constant; the priors' share is taken off by hand.
    other = Hyperparameters(np.array([0.5, 0.5, 0.5]), 1.0, 1e-3)

    def ours(shape):
        logarithms = np.log([*shape.lengths, shape.variance, shape.noise])
        lengths = np.sum((logarithms[:3] - math.log(0.5)) ** 2) / 2
        prior = lengths + logarithms[3] ** 2 / 2 + ((logarithms[4] + 9) / 2) ** 2 / 2
        squares = np.array([(column[:, None] - column) ** 2 for column in CODES.T])
        return prior - negative_log_posterior(logarithms, squares, VALUES)[0]

    expected = theirs(SHAPE).log_marginal_likelihood_value_ - theirs(other).log_marginal_likelihood_value_
    assert ours(SHAPE) - ours(other) == pytest.approx(expected, abs=1e-5)


def test_the_gradient_of_the_likelihood_is_right():
    squares = np.array([(column[:, None] - column) ** 2 for column in CODES.T])

    def function(at):
        return negative_log_posterior(at, squares, VALUES)[0]

    def gradient(at):
        return negative_log_posterior(at, squares, VALUES)[1]

    for _ in range(5):
        at = np.array([*STREAM.normal(-0.7, 0.5, 3), STREAM.normal(), STREAM.normal(-5, 1)])
        assert check_grad(function, gradient, at) < 1e-3 * np.linalg.norm(gradient(at))


def test_the_gradients_of_a_prediction_are_right():
    process, code = Process(CODES, VALUES, SHAPE, ALONE), np.array([0.3, 0.6, 0.2])
    mean, deviation, mean_slope, deviation_slope = process.predict_one(code)
    assert (mean, deviation) == pytest.approx([each[0] for each in process.predict(code[None])])
    step = 1e-6
    for axis in range(3):
        ahead = process.predict_one(code + step * np.eye(3)[axis])
        assert (ahead[0] - mean) / step == pytest.approx(mean_slope[axis], abs=1e-4)
        assert (ahead[1] - deviation) / step == pytest.approx(deviation_slope[axis], abs=1e-4)


def test_a_believing_process_expects_the_same_and_is_surer_where_it_believes():
    process, pending = Process(CODES, VALUES, SHAPE, ALONE), np.array([[0.9, 0.1, 0.9]])
    believing = process.believing(pending)
    for codes in (pending, CODES):
        assert believing.predict(codes)[0] == pytest.approx(process.predict(codes)[0], abs=1e-6)
    # What is left is the noise, whose standard deviation is the root of 0.001.
    assert believing.predict(pending)[1] < 0.0317 < process.predict(pending)[1]
    assert process.believing(CODES[:0]) is process


def test_an_axis_that_tells_nothing_gets_a_long_length():
    short, medium, long = fitted(CODES, VALUES, ALONE).lengths
    assert short < medium < long


def test_the_columns_of_one_axis_share_a_length():
    found = fitted(CODES, VALUES, [0, 0, 4])
    assert len(found.lengths) == 2
    assert np.isfinite(Process(CODES, VALUES, found, [0, 0, 4]).predict(CODES)[0]).all()


@pytest.mark.parametrize(
    ("codes", "values"),
    [
        pytest.param(np.full((20, 2), 0.5), np.linspace(-1, 1, 20), id="all in one place"),
        pytest.param(STREAM.random((20, 2)), np.zeros(20), id="all alike"),
        pytest.param(np.zeros((3, 0)), np.array([1.0, 0, -1]), id="no axes"),
        pytest.param(np.array([[0.5, 0.5]]), np.zeros(1), id="one"),
    ],
)
def test_data_that_tell_nothing_are_fitted_all_the_same(codes, values):
    axes = list(range(codes.shape[1]))
    process = Process(codes, values, fitted(codes, values, axes), axes)
    assert all(np.isfinite(each).all() for each in process.predict(codes))
