"""Sweeps whose trials go wrong, with real worker processes and a real ledger."""

import pytest

from ledgers import ledger_of
from pools import TESTS, new_pool
from sweepflow.archive.folder import SweepFolder
from sweepflow.archive.ranking import ranked
from sweepflow.result import best_trial
from sweepflow.running.resumption import resumption
from sweepflow.running.sweep import Over, RunningSweep
from sweepflow.running.trial_runner import TrialRunner
from sweepflow.spec.spec import Spec
from sweepflow.trials.state import TrialState

KILLED = "its process was ended by SIGKILL (somebody killed it, or the system ran out of memory)"


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.syspath_prepend(TESTS)


@pytest.fixture
def ledger(tmp_path):
    with ledger_of(tmp_path) as made:
        yield made


@pytest.fixture
def new_sweep(tmp_path, ledger):
    """Starts a sweep by grid over what its trials do, in one slot."""
    pools = []

    def start(acts, further=(), **limits):
        """The sweep, and what runs its trials."""
        space = {
            "act": {"type": "choice", "values": acts},
            "note": {"type": "choice", "values": [str(tmp_path / "note")]},
            **{name: {"type": "choice", "values": [value]} for name, value in dict(further).items()},
        }
        spec = Spec.parse(
            {
                "trial": {"function": "trainers:act"},
                "search_space": space,
                "sampling_algorithm": "grid",
                "objective": {"primary_metric": "score", "goal": "maximize"},
                "limits": {"max_total_trials": len(acts), **limits},
            }
        )
        ledger.start_sweep("s", spec.model_dump(mode="json"))
        pools.append(new_pool(tmp_path, trial_memory=spec.limits.trial_memory))
        folder = SweepFolder(tmp_path, "s").create()
        begin = resumption(ledger, "s", spec)
        sweep = RunningSweep("s", spec, begin, slots=1)
        return sweep, TrialRunner(sweep, None, folder, pools[0])

    yield start
    pools[0].close()


def run_all(sweep, runner):
    return [runner.run_trial(number) for number in sweep.next(100).numbers]


def test_each_way_of_going_wrong_ends_its_trial_with_a_reason_and_the_sweep_goes_on(new_sweep, ledger):
    expected = {
        "fail": ("failed", "RuntimeError: on purpose"),
        "exit_softly": ("failed", "it called sys.exit(3)"),
        "exit_hard": ("failed", "its process ended with exit code 3"),
        "crash_in_c": ("failed", "its process was ended by SIGSEGV (a crash in native code)"),
        "kill_itself": ("failed", KILLED),
        "hold": ("failed", "killed: it used more than limits.trial_memory (500000000 bytes)"),
        "report_nan": (
            "failed", "it logged nan under the primary metric 'score'; it logged: score",
        ),
        "report_infinity": (
            "failed", "it logged inf under the primary metric 'score'; it logged: score",
        ),
        "report_text": ("failed", "it logged 'high' under 'score', which is no number; it logged: score"),
        "report_other": (
            "failed", "it never logged the primary metric 'score'; it logged: scores, loss",
        ),
        "return_open_file": ("completed", "the model, a _io.TextIOWrapper, cannot be saved"),
        "fill_disk": ("failed", "OSError: [Errno 28] No space left on device"),
        "score": ("completed", None),
    }  # fmt: skip
    further = {"bytes": 600_000_000, "for_ever": True}
    sweep, runner = new_sweep(list(expected), further, trial_memory=500_000_000, retries=0)
    check_ends(expected, sweep, runner, ledger)
    assert sweep.progress().best_number is not None


def test_a_trial_that_does_not_end_is_killed_after_its_timeout_whatever_it_does(new_sweep, ledger):
    late = ("timed_out", "killed after its timeout of 3 s")
    expected = {"print_and_block": late, "flood": late}
    sweep, runner = new_sweep(list(expected), {"for_ever": True}, trial_timeout=3, retries=0)
    check_ends(expected, sweep, runner, ledger)


def check_ends(expected, sweep, runner, ledger):
    """Each act ends its trial in that state, for a reason that begins so."""
    run_all(sweep, runner)
    rows = {row.parameters["act"]: row for row in ledger.trials("s")}
    assert {act: row.state for act, row in rows.items()} == {
        act: state for act, (state, _) in expected.items()
    }
    for act, (_, reason) in expected.items():
        assert str(rows[act].error).startswith(str(reason)), act


def test_a_value_reported_before_a_timeout_can_be_the_best_of_the_sweep(new_sweep, ledger):
    sweep, runner = new_sweep(["report_and_block", "print_and_block", "score"], trial_timeout=2)
    run_all(sweep, runner)
    rows = ranked(ledger.trials("s"), ledger.metrics("s"), sweep.spec.trial_objective)
    found = [(row.number, row.state, row.value) for row in rows]
    assert found == [(0, "timed_out", 7.0), (2, "completed", 1.0), (1, "timed_out", None)]
    assert sweep.monitor.history.leader.number == 0
    assert sweep.progress().best_value == 7.0
    assert (sweep.next(1), best_trial(rows).value) == (Over(None), 7.0)


@pytest.mark.parametrize(("retries", "deaths", "state"), [(2, 2, "completed"), (1, 2, "failed")])
def test_a_trial_whose_process_died_runs_again_as_often_as_it_may(
    new_sweep, ledger, tmp_path, retries, deaths, state
):
    sweep, runner = new_sweep(["die_once"], {"deaths": deaths}, retries=retries)
    (end,) = run_all(sweep, runner)
    assert end.state == state
    assert end.reason == (None if state == "completed" else f"{KILLED} (attempt 2 of 2)")
    assert (tmp_path / "note").read_text() == "attempt\n" * (min(retries, deaths) + 1)
    (row,) = ledger.trials("s")
    assert (row.number, row.state, row.error) == (0, state, end.reason)


def test_a_trial_whose_process_died_over_its_model_runs_again_and_keeps_its_value(new_sweep, ledger):
    sweep, runner = new_sweep(["return_model_that_kills"], retries=1)
    (end,) = run_all(sweep, runner)
    assert (end.state, end.reason) == (TrialState.COMPLETED, f"the model cannot be saved: {KILLED}")
    assert runner.log_tail(0).startswith("[attempt 1 of 2: the model cannot be saved: ")
    assert [(row.name, row.value) for row in ledger.metrics("s")][:1] == [("score", 1.0)]
    assert [row.name for row in ledger.metrics("s")] == ["score", "cost.fit_seconds"]
    assert sweep.next(1) == Over(None)


def test_the_reports_of_an_attempt_replace_those_of_the_last_one(new_sweep, ledger):
    sweep, runner = new_sweep(["die_once"], {"deaths": 1}, retries=1)
    run_all(sweep, runner)
    rows = [(row.interval, row.value) for row in ledger.metrics("s")]
    assert rows == [(1, 1.0), (2, 10.0)]
    assert sweep.monitor.history[0].values == [1.0, 10.0]
    assert runner.log_tail(0) == f"[attempt 1 of 2: {KILLED}]"


def test_an_error_of_its_own_ends_a_trial_that_ran_again(new_sweep):
    (end,) = run_all(*new_sweep(["die_once"], {"deaths": 1, "then": "fail"}, retries=5))
    assert (end.state, end.reason) == (TrialState.FAILED, "RuntimeError: on purpose (attempt 2 of 6)")


@pytest.mark.parametrize(
    "act", ["fail", "exit_softly", "exit_hard", "report_nan", "report_other", "ignore_signals"]
)
def test_a_trial_is_not_run_again_after_errors_of_its_own(new_sweep, act):
    sweep, runner = new_sweep([act], retries=3, trial_timeout=2)
    (end,) = run_all(sweep, runner)
    assert end.state in (TrialState.FAILED, TrialState.TIMED_OUT)
    assert "attempt" not in end.reason + runner.log_tail(0)


def test_a_sweep_that_was_stopped_runs_no_trial_again(new_sweep):
    sweep, runner = new_sweep(["kill_itself"], retries=3)
    (number,) = sweep.next(1).numbers
    runner.stop()
    end = runner.run_trial(number)
    assert (end.state, end.reason) == (TrialState.CANCELED, "the sweep was stopped")


def test_the_tail_of_a_log_shows_why_a_trial_failed(new_sweep):
    sweep, runner = new_sweep(["fail"])
    run_all(sweep, runner)
    assert runner.log_tail(0).endswith("RuntimeError: on purpose")
