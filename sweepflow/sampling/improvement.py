"""Expected improvement (Jones, Schonlau and Welch, Journal of Global Optimization 13, 1998).

By its logarithm (Ament et al., NeurIPS 2023), which still has a gradient where the improvement vanishes.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import erfcx, log_ndtr, ndtr

from sweepflow.sampling.process import Process

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_MAX_STEPS = 50
_LOG_ROOT_TAU = 0.5 * math.log(2 * math.pi)
_FAR = -1e3


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

        found = minimize(
            downhill,
            code[free],
            jac=True,
            method="L-BFGS-B",
            bounds=[(0, 1)] * len(free),
            options={"maxiter": _MAX_STEPS},
        )
        values: Vector = np.clip(found.x, 0, 1)
        return values

    def _with_gradient(self, code: Vector) -> tuple[float, Vector]:
        mean, deviation, mean_slope, deviation_slope = self._process.predict_one(code)
        z = (mean - self._best) / deviation
        logarithm = float(log_improvement(np.array([z]))[0])
        slope = math.exp(float(log_ndtr(z)) - logarithm)
        z_slope = (mean_slope - z * deviation_slope) / deviation
        return math.log(deviation) + logarithm, deviation_slope / deviation + slope * z_slope


def log_improvement(z: Vector) -> Vector:
    """log(phi(z) + z Phi(z)): the logarithm of the improvement on 0 by a normal of mean z, sigma 1."""
    near = np.maximum(z, -1)
    direct = np.log(np.exp(-0.5 * near**2 - _LOG_ROOT_TAU) + near * ndtr(near))
    far = np.minimum(z, -1)
    # Mills' ratio times -z nears 1, and all that is left of 1 - it far out is 1 / z**2.
    ratio = -far * math.sqrt(math.pi / 2) * erfcx(-far / math.sqrt(2))
    rest = np.where(far > _FAR, np.log1p(-np.minimum(ratio, 1 - 1e-12)), -2 * np.log(-far))
    tail = -0.5 * far**2 - _LOG_ROOT_TAU + rest
    return np.where(z > -1, direct, tail)
