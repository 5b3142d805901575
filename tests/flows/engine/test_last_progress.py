"""What is drawn of a running sweep between two things that happen."""

import pytest

from sweepflow.flows.engine.last_progress import LastProgress
from sweepflow.running.progress import Progress


class Clock:
    """A clock that is put forward by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def last(clock: Clock) -> LastProgress:
    return LastProgress(clock)


def test_the_clocks_go_on_between_trials_and_no_further_than_to_nothing_left(
    clock: Clock, last: LastProgress
) -> None:
    clock.seconds += 3
    assert (last.now(), last.age) == (None, 3)
    told = Progress("s", 4, n_running=1, seconds=10.0, seconds_left=5.0)
    last.update(told)
    assert last.now() == told
    clock.seconds += 2
    assert last.now() == told._replace(seconds=12.0, seconds_left=3.0)
    clock.seconds += 10
    assert last.now() == told._replace(seconds=22.0, seconds_left=0.0)


def test_when_the_sweep_has_ended_the_clocks_stand_still_and_nothing_runs(
    clock: Clock, last: LastProgress
) -> None:
    last.update(Progress("s", 4, n_running=2, seconds=10.0, seconds_left=5.0))
    clock.seconds += 1
    last.end()
    clock.seconds += 60
    assert last.now() == Progress("s", 4, n_running=0, seconds=11.0, seconds_left=None)


def test_a_sweep_that_told_nothing_before_it_ended_has_no_progress(last: LastProgress) -> None:
    last.end()
    assert (last.now(), last.has_ended) == (None, True)
