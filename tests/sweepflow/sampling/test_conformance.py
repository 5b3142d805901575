"""Every member of the union keeps what the shipped tests ask of a sampling algorithm."""

from typing import get_args

import pytest

from sweepflow.sampling import SamplingAlgorithm
from sweepflow.testing.samplers import SamplerTests

MEMBERS = get_args(get_args(SamplingAlgorithm)[0])


class TestSamplers(SamplerTests):
    @pytest.fixture(params=MEMBERS, ids=lambda member: member.__name__)
    def sampler(self, request):
        return request.param()
