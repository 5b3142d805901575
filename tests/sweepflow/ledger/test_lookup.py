import pytest

from sweepflow.errors import SpecError
from sweepflow.ledger.ledger import Ledger
from sweepflow.ledger.lookup import find_sweep


@pytest.fixture
def ledger(url):
    ledger = Ledger(url)
    yield ledger
    ledger.close()


@pytest.fixture
def three(ledger):
    for sweep_id in ("abc1", "abd2", "b3"):
        ledger.start_sweep(sweep_id, {})
    return ledger


@pytest.mark.parametrize(
    ("asked", "found"),
    [("abc1", "abc1"), ("abc", "abc1"), ("b", "b3"), ("latest", "b3")],
)
def test_a_sweep_is_found_by_its_id_its_beginning_or_as_the_latest(three, asked, found):
    assert find_sweep(three, asked).id == found


@pytest.mark.parametrize("asked", ["c", "B", "%", "_bc1", "", "abc12", "bc1"])
def test_what_begins_no_id_finds_none(three, asked):
    with pytest.raises(SpecError, match=f"there is no sweep '{asked}' in .*: `sweepflow list` shows"):
        find_sweep(three, asked)


def test_what_begins_several_ids_is_refused_and_they_are_told(three):
    with pytest.raises(
        SpecError, match=r"'ab' begins the IDs of 2 sweeps \(abd2, abc1\): type more of the ID"
    ):
        find_sweep(three, "ab")


def test_a_whole_id_is_meant_although_it_begins_another(three):
    three.start_sweep("abc", {})
    assert find_sweep(three, "abc").id == "abc"


def test_a_sweep_that_is_called_latest_comes_before_the_latest(three):
    three.start_sweep("latest", {})
    three.start_sweep("later", {})
    assert find_sweep(three, "latest").id == "latest"


def test_there_is_no_latest_in_an_empty_ledger(ledger):
    with pytest.raises(SpecError, match="there is no sweep yet in"):
        find_sweep(ledger, "latest")
