"""Sampling algorithms: which parameters the next trial gets."""

from typing import Annotated

from sweepflow.sampling.grid import GridSampling
from sweepflow.sampling.random import RandomSampling
from sweepflow.unions import ByType

SamplingAlgorithm = Annotated[GridSampling | RandomSampling, ByType()]

__all__ = ["GridSampling", "RandomSampling", "SamplingAlgorithm"]
