"""Every member of the union keeps what the shipped tests ask of an early termination policy."""

from typing import get_args

import pytest

from sweepflow.termination import (
    BanditPolicy,
    EarlyTermination,
    HyperbandPolicy,
    MedianStoppingPolicy,
    SuccessiveHalvingPolicy,
    TruncationSelectionPolicy,
)
from sweepflow.testing.policies import PolicyTests

MEMBERS = get_args(get_args(EarlyTermination)[0])
SET = [
    BanditPolicy(slack_factor=0.2),
    BanditPolicy(slack_amount=0.1, evaluation_interval=2, delay_evaluation=3),
    MedianStoppingPolicy(),
    MedianStoppingPolicy(evaluation_interval=2, delay_evaluation=3),
    TruncationSelectionPolicy(truncation_percentage=20),
    TruncationSelectionPolicy(truncation_percentage=40, exclude_finished_jobs=True, delay_evaluation=3),
    SuccessiveHalvingPolicy(),
    SuccessiveHalvingPolicy(min_intervals=2, reduction_factor=2, max_intervals=4),
    HyperbandPolicy(),
    HyperbandPolicy(brackets=2, reduction_factor=2),
]
# A member that is not listed is tried as it is by default; one that has no default must be listed.
POLICIES = [*SET, *(member() for member in MEMBERS if member not in set(map(type, SET)))]


def test_every_member_is_tried():
    assert {type(policy) for policy in POLICIES} == set(MEMBERS)


class TestPolicies(PolicyTests):
    @pytest.fixture(params=POLICIES, ids=repr)
    def policy(self, request):
        return request.param
