"""What a running sweep answers when it is asked what comes next; nothing is trained."""

import pytest

from ledgers import ledger_of
from sweepflow.running.proposals import Proposals
from sweepflow.running.resumption import restart_trials, resumption
from sweepflow.running.sweep import Ask, Over, RunningSweep
from sweepflow.spec.spec import Spec
from sweepflow.trials.state import TrialEnd, TrialState


@pytest.fixture
def ledger(tmp_path):
    with ledger_of(tmp_path) as made:
        yield made


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def new_sweep(ledger, clock):
    """Starts a sweep by grid over five values, in two slots."""

    def start(only=None, *, slots=2, limits=(), **fields):
        spec = Spec.parse(
            {
                "trial": {"function": "trainers:act"},
                "search_space": {"x": {"type": "choice", "values": [0, 1, 2, 3, 4]}},
                "sampling_algorithm": "grid",
                "objective": {"primary_metric": "score", "goal": "maximize"},
                "limits": {"max_total_trials": 5, **dict(limits)},
                **fields,
            }
        )
        if ledger.sweep("s") is None:
            ledger.start_sweep("s", spec.model_dump(mode="json"))
        rerun = restart_trials(ledger, "s", spec, only)
        return RunningSweep(
            "s", spec, resumption(ledger, "s", spec, rerun, has_new_trials=only is None), slots, clock
        )

    return start


def end(sweep, number, value=None, state=TrialState.COMPLETED, reason=None):
    sweep.monitor.start(number)
    if value is not None:
        sweep.monitor.report(number, {"score": float(value)})
    sweep.monitor.end(number, TrialEnd(state, reason, 1.0))


def fail(sweep, number):
    end(sweep, number, state=TrialState.FAILED, reason="ValueError: no")


def test_every_free_slot_gets_a_trial_until_there_are_no_more(new_sweep, ledger):
    sweep = new_sweep()
    assert sweep.next(2) == Ask((0, 1))
    assert [row.state for row in ledger.trials("s")] == ["queued", "queued"]
    end(sweep, 1, 7)
    assert sweep.next(1) == Ask((2,))
    end(sweep, 0, 5)
    end(sweep, 2, 6)
    assert sweep.next(2) == Ask((3, 4))
    end(sweep, 3, 1)
    assert sweep.next(1) == Ask(())  # one runs, and there is nothing to do but wait for it
    end(sweep, 4, 2)
    assert sweep.next(2) == Over(None)
    assert sweep.n_run == 5


def test_nothing_is_asked_while_no_slot_is_free(new_sweep, ledger):
    sweep = new_sweep()
    sweep.next(2)
    assert sweep.next(0) == Ask(())
    assert len(ledger.trials("s")) == 2


def test_a_sweep_that_has_found_enough_is_over_though_trials_run(new_sweep):
    sweep = new_sweep(stop_when={"target": 7})
    sweep.next(2)
    end(sweep, 0, 7)
    assert sweep.next(1) == Over(None)


def test_a_sweep_that_is_over_asks_for_no_more_though_a_trial_that_ran_becomes_the_best(new_sweep):
    sweep = new_sweep(stop_when={"no_improvement_trials": 1})
    sweep.next(2)
    end(sweep, 0, 5)
    assert sweep.next(1) == Ask((2,))
    end(sweep, 1, 4)
    assert sweep.next(1) == Over(None)
    end(sweep, 2, 9)  # it ended before it could be stopped
    assert sweep.next(2) == Over(None)
    assert len(sweep.monitor.history) == 3


def test_a_sweep_whose_first_trials_all_fail_is_over_and_says_why(new_sweep):
    sweep = new_sweep(slots=3)
    for number in sweep.next(3).numbers:
        fail(sweep, number)
    assert sweep.next(3) == Over("the first 3 trials all failed: ValueError: no")


def test_a_sweep_with_more_failed_trials_than_it_may_have_is_over_though_trials_run(new_sweep):
    sweep = new_sweep(limits={"max_failed_trials": 0})
    sweep.next(2)
    fail(sweep, 1)
    reason = "1 trials have failed, more than max_failed_trials (0)"
    assert sweep.next(1) == Over(f"{reason}: ValueError: no")


def test_a_sweep_without_a_value_has_failed_at_its_end(new_sweep):
    sweep = new_sweep(limits={"max_total_trials": 1})
    assert sweep.next(2) == Ask((0,))
    fail(sweep, 0)
    assert sweep.next(2) == Over("none of its 1 trials has a value: ValueError: no")


@pytest.mark.parametrize(
    ("states", "told"),
    [
        (["failed", "failed"], "none of its 2 trials has a value: ValueError: no"),
        (
            ["completed", "failed"],
            "none of its 1 trials with a value (of 2) meets what the spec requires: trial 0 is not ranked, "
            "since it does not meet score > 2: score is 1",
        ),
        (["timed_out", "completed"], "none of its 2 trials meets what the spec requires"),
    ],
)
def test_a_sweep_speaks_of_requirements_where_trials_have_ended_with_a_value(new_sweep, states, told):
    sweep = new_sweep(limits={"max_total_trials": 2}, require=["score > 2"])
    assert sweep.next(2) == Ask((0, 1))
    for number, state in enumerate(states):
        end(sweep, number, 1, TrialState(state), None if state == "completed" else "ValueError: no")
    over = sweep.next(2)
    assert isinstance(over, Over)
    assert str(over.failure).startswith(told)


def test_no_trial_is_asked_for_once_the_time_is_over(new_sweep, clock):
    sweep = new_sweep(limits={"timeout": 10})
    clock.now = 9.5
    assert sweep.time_left() == 0.5
    assert sweep.next(2) == Ask((0, 1))
    end(sweep, 0, 7)
    clock.now = 10.0
    assert sweep.next(1) == Ask(())
    end(sweep, 1, 6)
    assert sweep.next(2) == Over(None)


def test_a_sweep_in_whose_time_no_trial_ended_has_failed(new_sweep, clock):
    sweep = new_sweep(limits={"timeout": 10})
    sweep.next(2)
    clock.now = 11.0
    for number in (0, 1):
        end(sweep, number, state=TrialState.CANCELED, reason="the sweep's time was over")
    assert sweep.next(2) == Over("no trial ended within the sweep's timeout of 10 s")


def test_trials_that_had_not_ended_come_before_new_ones(new_sweep):
    sweep = new_sweep()
    sweep.next(2)
    end(sweep, 1, 7)
    sweep.monitor.start(0)
    again = new_sweep()
    assert again.next(2) == Ask((0, 2))


def test_with_only_some_states_no_new_trial_is_asked_for(new_sweep):
    sweep = new_sweep()
    sweep.next(2)
    end(sweep, 0, 7)
    fail(sweep, 1)
    again = new_sweep({TrialState.FAILED})
    assert again.next(2) == Ask((1,))
    end(again, 1, 8)
    assert again.next(2) == Over(None)


def test_what_was_asked_for_and_never_started_ends_as_canceled(new_sweep, ledger):
    sweep = new_sweep()
    sweep.next(2)
    end(sweep, 0, 7)
    sweep.cancel_queued()
    assert [row.state for row in ledger.trials("s")] == ["completed", "canceled"]


def runs(sweep, number):
    """Whether the trial runs, once all do that have a slot."""
    while not sweep.taken.empty():
        sweep.begin(sweep.taken.get())
    return sweep.wait_until_running(number)


def run_to_its_end(sweep, number, value):
    end(sweep, number, value)
    sweep.free_slot(number)


def test_the_next_trials_are_on_record_and_wait_before_a_slot_is_free(new_sweep, ledger):
    sweep = new_sweep()
    assert sweep.n_ahead == 2
    assert sweep.next(2, 2) == Ask((0, 1, 2, 3))
    assert [row.state for row in ledger.trials("s")] == ["queued"] * 4
    assert (sweep.progress().n_running, sweep.progress().n_done) == (2, 0)
    run_to_its_end(sweep, 1, 7)
    assert runs(sweep, 2)
    assert sweep.next(0, 1) == Ask((4,))
    assert sweep.next(0, 1) == Ask(())
    for number in (0, 2):
        run_to_its_end(sweep, number, 1)
    assert [runs(sweep, number) for number in (3, 4)] == [True, True]
    for number in (3, 4):
        run_to_its_end(sweep, number, 1)
    assert sweep.next(2, 2) == Over(None)


def test_a_trial_has_its_slot_before_the_next_one_is_proposed(new_sweep, monkeypatch):
    sweep, n_taken = new_sweep(), []
    propose = Proposals.propose

    def watched(*arguments):
        n_taken.append(sweep.taken.qsize())
        return propose(*arguments)

    monkeypatch.setattr(Proposals, "propose", watched)
    sweep.next(2)
    assert n_taken == [0, 1]


def test_a_sampler_that_learns_is_not_asked_ahead(new_sweep):
    space = {"x": {"type": "uniform", "min_value": 0, "max_value": 1}}
    assert new_sweep(sampling_algorithm="bayesian", search_space=space).n_ahead == 0


def test_what_waits_when_the_sweep_has_enough_does_not_start_and_is_not_on_record(new_sweep, ledger):
    sweep = new_sweep(stop_when={"target": 7})
    assert sweep.next(2, 2) == Ask((0, 1, 2, 3))
    run_to_its_end(sweep, 1, 7)
    assert not runs(sweep, 2)
    assert sweep.next(1) == Over(None)
    run_to_its_end(sweep, 0, 1)
    sweep.cancel_queued()
    assert [row.number for row in ledger.trials("s")] == [0, 1]
    assert sweep.progress().n_running == 0
    again = new_sweep()
    assert len(again.monitor.history) == 2


def test_a_trial_that_waits_to_run_again_stays_on_record(new_sweep, ledger):
    sweep = new_sweep(slots=1)
    sweep.next(1)
    sweep.next(1)
    again = new_sweep(slots=1)
    assert again.next(1, 1) == Ask((0, 1))
    again.close_slots()
    run_to_its_end(again, 0, 7)
    assert not runs(again, 1)
    again.cancel_queued()
    assert [row.state for row in ledger.trials("s")] == ["completed", "canceled"]


@pytest.mark.parametrize("when", ["before", "within", "after"])
def test_an_interrupt_while_a_trial_is_put_on_record_leaves_no_gap(new_sweep, ledger, monkeypatch, when):
    sweep = new_sweep()
    sweep.next(2, 2)
    run_to_its_end(sweep, 0, 7)  # trial 2 has its slot now, and trial 3 waits
    place = (sweep.monitor.history, "add") if when == "within" else (sweep.monitor, "queue")
    own = getattr(*place)

    def interrupted(number, parameters):
        if when == "after":
            own(number, parameters)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(*place, interrupted)
        with pytest.raises(KeyboardInterrupt):
            sweep.next(0, 1)
    sweep.close_slots()
    for number in (1, 2):
        end(sweep, number, state=TrialState.CANCELED)
    sweep.cancel_queued()
    assert [(row.number, row.state) for row in ledger.trials("s")] == [
        (0, "completed"),
        (1, "canceled"),
        (2, "canceled"),
    ]
    assert new_sweep().next(2, 2) == Ask((1, 2, 3, 4))


def test_a_sweep_whose_record_has_a_gap_fills_it(new_sweep, ledger):
    new_sweep()
    for number in (0, 1, 3):
        ledger.queue_trial("s", number, {"x": number})
    sweep = new_sweep(slots=3)
    assert sweep.next(3, 3) == Ask((0, 1, 3, 2, 4))
    assert sorted(trial.parameters["x"] for trial in sweep.monitor.history) == [0, 1, 2, 3, 4]


def test_reports_are_deleted_by_the_restart_and_not_by_looking_where_the_sweep_goes_on(new_sweep, ledger):
    sweep = new_sweep()
    sweep.next(2)
    sweep.monitor.start(0)
    sweep.monitor.report(0, {"score": 7.0})
    assert resumption(ledger, "s", sweep.spec).monitor.history[0].values == [7.0]
    assert len(ledger.metrics("s")) == 1
    assert restart_trials(ledger, "s", sweep.spec) == (0, 1)
    assert len(ledger.metrics("s")) == 0


@pytest.mark.parametrize(
    ("state", "reason", "told"),
    [
        (TrialState.COMPLETED, None, "no trial logged the primary metric 'score'; it logged: lr"),
        # Its script logs its parameters first, and never comes to log the metric.
        (TrialState.FAILED, "KeyError: 'y'", "KeyError: 'y'"),
    ],
)
def test_a_sweep_whose_first_trials_fail_tells_what_their_fault_is(new_sweep, state, reason, told):
    sweep = new_sweep(slots=1)
    for number in range(3):
        sweep.next(1)
        sweep.monitor.start(number)
        sweep.monitor.report(number, {"lr": 0.5})
        sweep.monitor.end(number, TrialEnd(state, reason, 1.0))
    assert sweep.next(1) == Over(f"the first 3 trials all failed: {told}")
