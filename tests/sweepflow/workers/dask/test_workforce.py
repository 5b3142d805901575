"""Which workers trials can go to, by the resources that they name."""

import pytest

from sweepflow.workers.dask.workforce import Presence, different_workers, slots_of, wanted


def workers(*resources):
    return {f"tcp://10.0.0.{n}:1": {"resources": each} for n, each in enumerate(resources, start=1)}


@pytest.mark.parametrize(
    ("there", "gpus", "expected"),
    [
        ([{}, {}], None, {}),
        ([{}, {"sweepflow": 2.0}], None, {"sweepflow": 1.0}),
        ([{"GPU": 2.0}], None, {}),
        ([{"GPU": 2.0}], 0.5, {"GPU": 0.5}),
        ([{"GPU": 2.0, "sweepflow": 1.0}], 2.0, {"sweepflow": 1.0, "GPU": 2.0}),
        ([], 1.0, {"GPU": 1.0}),
    ],
)
def test_a_trial_takes_a_slot_where_workers_name_slots_and_its_gpus(there, gpus, expected):
    assert wanted(workers(*there), gpus) == expected


@pytest.mark.parametrize(
    ("resources", "gpus", "n"),
    [
        ({}, None, 8),
        ({"sweepflow": 2.0}, None, 2),
        ({"GPU": 2.0}, 1.0, 2),
        ({"GPU": 1.0}, 1 / 3, 3),
        ({"GPU": 4.0, "sweepflow": 1.0}, 2.0, 1),
        ({"GPU": 16.0}, 1.0, 8),
    ],
)
def test_a_worker_trains_as_many_trials_at_once_as_it_has_threads_slots_and_gpus_for(resources, gpus, n):
    assert slots_of(resources, 8, gpus) == n


def test_a_cluster_without_workers_for_the_trials_is_told_after_a_while():
    now = [0.0]
    presence = Presence("the scheduler", {"GPU": 1.0}, lambda: now[0])
    presence.see({})
    assert presence.waits_for() is None
    now[0] = 10.0
    assert presence.waits_for() == "the scheduler has no worker: trials wait for one"
    presence.see(workers({}, {"GPU": 0.5}))
    assert presence.waits_for() == (
        "none of the 2 worker(s) of the scheduler has GPU=1 (--resources): trials wait for one"
    )
    presence.see(workers({}, {"GPU": 1.0}))
    assert presence.waits_for() is None
    presence.see({})
    assert presence.waits_for() is None


def test_trials_are_kept_to_the_workers_that_can_train_once_one_cannot():
    now = [0.0]
    presence = Presence("the scheduler", {"GPU": 1.0}, lambda: now[0])
    presence.see(workers({"GPU": 1.0}, {"GPU": 2.0}, {}))
    assert presence.fit() is None
    assert presence.see_unfit("tcp://10.0.0.2:1", "names GPU=2, and it has 1")
    assert not presence.see_unfit("tcp://10.0.0.2:1", "names GPU=2, and it has 1")
    assert presence.fit() == ["tcp://10.0.0.1:1"]
    presence.see({"tcp://10.0.0.2:1": {"resources": {"GPU": 2.0}}})
    now[0] = 10.0
    assert presence.fit() is None
    assert presence.waits_for() == (
        "the worker tcp://10.0.0.2:1 names GPU=2, and it has 1: trials wait for another"
    )
    presence.forget("tcp://10.0.0.2:1")  # it has left, and is started again with the GPUs that it has
    presence.see({"tcp://10.0.0.2:1": {"resources": {"GPU": 1.0}}})
    assert presence.waits_for() is None
    assert presence.is_divided


def test_several_workers_that_differ_are_counted():
    found = [("tcp://10.0.0.1:1", "has no Sweepflow"), ("tcp://10.0.0.2:1", "has no Sweepflow")]
    assert different_workers(found[:1], 4) == "the worker tcp://10.0.0.1:1 has no Sweepflow"
    assert different_workers(found, 4) == (
        "the worker tcp://10.0.0.1:1 has no Sweepflow (2 of 4 workers are not as here)"
    )
