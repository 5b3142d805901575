import pytest

from sweepflow.archive.listing import summaries
from sweepflow.ledger.ledger import Ledger
from sweepflow.trials.state import SweepState, TrialEnd, TrialState

SPEC = {
    "trial": {"function": "trainers:train"},
    "search_space": {"x": {"type": "choice", "values": [1, 2]}},
    "objective": {"primary_metric": "loss", "goal": "minimize"},
    "limits": {"max_total_trials": 2},
}


@pytest.fixture
def ledger(url):
    ledger = Ledger(url)
    yield ledger
    ledger.close()


def test_a_summary_tells_the_best_so_far_of_a_sweep_that_runs(ledger):
    ledger.start_sweep("s", {**SPEC, "display_name": "shown", "tags": {"team": "risk"}})
    for number, values in enumerate([(0.5, 0.25), (0.75,), (0.125,)]):
        ledger.queue_trial("s", number, {"x": number})
        for interval, value in enumerate(values, start=1):
            ledger.add_metrics("s", number, {"loss": value}, interval)
    ledger.end_trial("s", 0, TrialEnd(TrialState.COMPLETED, None, 1.0))
    ledger.end_trial("s", 1, TrialEnd(TrialState.TERMINATED, "stopped", 1.0))
    (found,) = summaries(ledger)
    assert (found.sweep_id, found.name, found.state, found.tags) == (
        "s",
        "shown",
        "running",
        {"team": "risk"},
    )
    assert (found.primary_metric, found.goal, found.ended) == ("loss", "minimize", None)
    assert found.best is not None
    assert (found.best.number, found.best.value) == (0, 0.25)  # the third has not ended
    assert (found.trials.total, found.trials.completed, found.trials.terminated) == (3, 1, 1)


def test_the_latest_come_first_by_state_and_tags_and_no_more_than_asked_for(ledger):
    tags = {"one": {"team": "risk"}, "two": {"team": "risk", "kind": "trial"}, "three": {"team": "fraud"}}
    for sweep_id, theirs in tags.items():
        ledger.start_sweep(sweep_id, {**SPEC, "tags": theirs})
    ledger.end_sweep("one", SweepState.COMPLETED)

    def found(*arguments):
        return [summary.sweep_id for summary in summaries(ledger, *arguments)]

    assert found() == ["three", "two", "one"]
    assert found((), {}, 2) == ["three", "two"]
    assert found((SweepState.RUNNING,)) == ["three", "two"]
    assert found((SweepState.COMPLETED, SweepState.RUNNING)) == ["three", "two", "one"]
    assert found((), {"team": "risk"}) == ["two", "one"]
    assert found((), {"team": "risk"}, 1) == ["two"]
    assert found((), {"team": "risk", "kind": "trial"}) == ["two"]
    assert found((SweepState.FAILED,)) == []
    assert found((), {"team": "sales"}) == []
