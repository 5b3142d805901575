"""Sampling algorithms: which parameters the next trial gets."""

from typing import Annotated

from sweepflow.fields.union import ByType
from sweepflow.sampling.algorithm import Algorithm
from sweepflow.sampling.bayesian import BayesianSampling
from sweepflow.sampling.grid import GridSampling
from sweepflow.sampling.random import RandomSampling

SamplingAlgorithm = Annotated[
    GridSampling
    | RandomSampling
    | BayesianSampling,
    ByType(),
]  # fmt: skip

__all__ = [
    "Algorithm",
    "BayesianSampling",
    "GridSampling",
    "RandomSampling",
    "SamplingAlgorithm",
    "surrogates",
]
