"""Expected improvement (Jones, Schonlau and Welch, Journal of Global Optimization 13, 1998).

By its logarithm (Ament et al., NeurIPS 2023), which still has a gradient where the improvement vanishes.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import erfcx, log_ndtr, ndtr

from sweepflow.sampling.surrogates.process import Process

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_MAX_STEPS = 50
_ENOUGH = 1e-6
"""Steps that gain less, as a share, are not worth their time."""
_LOG_ROOT_TAU = 0.5 * math.log(2 * math.pi)
_ROOT_HALF_PI = math.sqrt(math.pi / 2)
_ROOT_2 = math.sqrt(2)
_NEAR = -1.0
_VERY_FAR = -1e3


class Improvement:
    """The logarithm of the improvement on `best` that a process expects."""

    def __init__(self, process: Process, best: float) -> None:
        self._process = process
        self._best = best

    def at(self, codes: Matrix) -> Vector:
        """At each code."""
        means, deviations = self._process.predict(codes)
        return log_improvement((means - self._best) / deviations) + np.log(deviations)

    def climb(self, code: Vector, columns: Sequence[int]) -> Vector:
        """The values in these columns of a local maximum, from the code uphill, within [0, 1]."""
        if not columns:
            return np.zeros(0)
        free, at = list(columns), code.copy()

        def downhill(values: Vector) -> tuple[float, Vector]:
            at[free] = values
            value, gradient = self._with_gradient(at)
            return -value, -gradient[free]

        minimum = minimize(
            downhill,
            code[free],
            jac=True,
            method="L-BFGS-B",
            bounds=[(0, 1)] * len(free),
            options={"maxiter": _MAX_STEPS, "ftol": _ENOUGH},
        )
        values: Vector = np.clip(minimum.x, 0, 1)
        return values

    def _with_gradient(self, code: Vector) -> tuple[float, Vector]:
        mean, deviation, mean_slope, deviation_slope = self._process.predict_one(code)
        z = (mean - self._best) / deviation
        logarithm = log_improvement_of_one(z)
        slope = math.exp(float(log_ndtr(z)) - logarithm)
        z_slope = (mean_slope - z * deviation_slope) / deviation
        return math.log(deviation) + logarithm, deviation_slope / deviation + slope * z_slope


def log_improvement(z: Vector) -> Vector:
    """log(phi(z) + z Phi(z)): the logarithm of the improvement on 0 by a normal of mean z, sigma 1."""
    logarithms: Vector = np.where(z > _NEAR, _near(np.maximum(z, _NEAR)), _far(np.minimum(z, _NEAR)))
    return logarithms


def log_improvement_of_one(z: float) -> float:
    """The same of one number, in a tenth of the time."""
    return float(_near(z) if z > _NEAR else _far(z))


def _near(z: Any) -> Any:
    return np.log(np.exp(-0.5 * z**2 - _LOG_ROOT_TAU) + z * ndtr(z))


def _far(z: Any) -> Any:
    # Mills' ratio times -z nears 1, and all that is left of 1 - it far out is 1 / z**2.
    ratio = -z * _ROOT_HALF_PI * erfcx(-z / _ROOT_2)
    rest = np.where(z > _VERY_FAR, np.log1p(-np.minimum(ratio, 1 - 1e-12)), -2 * np.log(-z))
    return -0.5 * z**2 - _LOG_ROOT_TAU + rest
