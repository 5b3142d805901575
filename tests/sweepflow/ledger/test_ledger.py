import json
import math
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from sweepflow.base.settings import sqlite_url
from sweepflow.ledger.database import Database
from sweepflow.ledger.ledger import Ledger
from sweepflow.trials.state import SweepState, TrialEnd, TrialState

ROOT = Path(__file__).parents[3]


@pytest.fixture
def ledger(url):
    ledger = Ledger(url)
    ledger.start_sweep("s", {"limits": {"max_total_trials": 2}}, "abc")
    yield ledger
    ledger.close()


@pytest.fixture
def engine(url, ledger):
    """The ledger's database, as somebody else sees it."""
    engine = Database(url).engine()
    yield engine
    engine.dispose()


@pytest.fixture
def file(tmp_path):
    """Where the ledger lies if it is a file."""
    return tmp_path / "home" / "ledger.db"


@pytest.fixture
def file_ledger(file):
    ledger = Ledger(sqlite_url(file))
    ledger.start_sweep("s", {}, None)
    yield ledger
    ledger.close()


def python(script, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def outcome(process):
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


# --- what is recorded


def test_a_sweep_is_recorded_from_its_start_to_its_end(ledger):
    row = ledger.sweep("s")
    assert (row.state, row.error, row.ended) == ("running", None, None)
    assert row.spec == {"limits": {"max_total_trials": 2}}
    assert row.data_fingerprint == "abc"
    ledger.end_sweep("s", SweepState.FAILED, "why")
    row = ledger.sweep("s")
    assert (row.state, row.error) == ("failed", "why")
    assert row.ended >= row.started


def test_states_come_back_as_states_and_not_as_text(ledger):
    ledger.queue_trial("s", 0, {})
    ledger.end_trial("s", 0, TrialEnd(TrialState.TIMED_OUT, None, 1.0))
    [row] = ledger.trials("s")
    assert (row.state, row.state.is_final) == (TrialState.TIMED_OUT, True)
    assert ledger.sweep("s").state is SweepState.RUNNING
    assert [sweep.id for sweep in ledger.sweeps(SweepState.RUNNING)] == ["s"]
    assert ledger.sweeps(SweepState.FAILED) == []


def test_there_is_no_row_of_an_unknown_sweep(ledger):
    assert ledger.sweep("other") is None
    assert ledger.trials("other") == ledger.metrics("other") == []


def test_a_trial_is_recorded_through_all_its_states(ledger):
    parameters = {"lr": 0.1, "kind": "tree", "deep": True, "none": None}
    ledger.queue_trial("s", 0, parameters)
    [row] = ledger.trials("s")
    assert (row.state, row.parameters, row.started) == ("queued", parameters, None)
    ledger.start_trial("s", 0)
    [row] = ledger.trials("s")
    assert (row.state, row.ended) == ("running", None)
    ledger.end_trial("s", 0, TrialEnd(TrialState.TERMINATED, "bandit", 2.5))
    [row] = ledger.trials("s")
    assert (row.state, row.error, row.seconds) == ("terminated", "bandit", 2.5)
    assert row.ended >= row.started


def test_ending_one_trial_leaves_the_others_and_other_sweeps_alone(ledger):
    ledger.start_sweep("t", {}, None)
    for sweep, number in (("s", 1), ("s", 0), ("t", 0)):
        ledger.queue_trial(sweep, number, {})
    ledger.end_trial("s", 0, TrialEnd(TrialState.COMPLETED, None, 1.0))
    ledger.end_sweep("s", SweepState.COMPLETED)
    assert [(row.number, row.state) for row in ledger.trials("s")] == [(0, "completed"), (1, "queued")]
    assert [row.state for row in ledger.trials("t")] == ["queued"]
    assert ledger.sweep("t").state == "running"


def test_a_trial_has_one_row(ledger):
    ledger.queue_trial("s", 0, {})
    with pytest.raises(sa.exc.IntegrityError, match=r"(?i)unique constraint"):
        ledger.queue_trial("s", 0, {})


def test_a_trial_or_a_report_of_nothing_is_refused(ledger):
    with pytest.raises(sa.exc.IntegrityError, match=r"(?i)foreign key constraint"):
        ledger.queue_trial("other", 0, {})
    with pytest.raises(sa.exc.IntegrityError, match=r"(?i)foreign key constraint"):
        ledger.add_metrics("s", 7, {"auc": 0.5}, 1)


def test_reports_keep_their_order(ledger):
    ledger.queue_trial("s", 0, {})
    ledger.queue_trial("s", 1, {})
    for number, interval in ((1, 1), (0, 1), (1, 2)):
        ledger.add_metrics("s", number, {"b": 1.0, "a": 2.0}, interval)
    found = [(row.number, row.interval, row.name) for row in ledger.metrics("s")]
    expected = [(n, i, name) for n, i in ((1, 1), (0, 1), (1, 2)) for name in "ba"]
    assert found == expected


def test_nan_becomes_null_and_infinity_stays(ledger):
    ledger.queue_trial("s", 0, {})
    ledger.add_metrics("s", 0, {"nan": float("nan"), "inf": float("-inf")}, 1)
    assert [row.value for row in ledger.metrics("s")] == [None, float("-inf")]


FLOATS = [0.1 + 0.2, 1 / 3, 5e-324, 1.7976931348623157e308, 1e-300, math.pi, float("inf"), 2.0**53 + 1]


def test_floats_come_back_to_their_last_bit(ledger):
    ledger.queue_trial("s", 0, {str(number): value for number, value in enumerate(FLOATS)})
    ledger.add_metrics("s", 0, {f"{number:02d}": value for number, value in enumerate(FLOATS)}, 1)
    ledger.add_metrics("s", 0, {"numpy": np.float64(1 / 3)}, 2)
    [trial] = ledger.trials("s")
    assert list(map(repr, trial.parameters.values())) == list(map(repr, FLOATS))
    values = [row.value for row in ledger.metrics("s")]
    assert list(map(repr, values)) == list(map(repr, [*FLOATS, 1 / 3]))


def test_nan_and_infinity_in_a_spec_come_back_as_they_were(ledger, engine):
    spec = {"trial": {"parameters": {"missing_values": math.nan, "bounds": [-math.inf, 1.5, math.inf]}}}
    ledger.start_sweep("t", spec, None)
    found = ledger.sweep("t").spec["trial"]["parameters"]
    assert math.isnan(found["missing_values"])
    assert found["bounds"] == [-math.inf, 1.5, math.inf]
    with engine.connect() as connection:
        stored = connection.scalar(sa.text("SELECT CAST(spec AS TEXT) FROM sweeps WHERE id = 't'"))
    json.loads(stored, parse_constant=pytest.fail)  # JSON for every reader, not for Python's alone


def test_a_mapping_that_looks_like_our_word_for_infinity_stays_one(ledger):
    spec = {"tags": {"$float": "fast"}}
    ledger.start_sweep("t", spec, None)
    assert ledger.sweep("t").spec == spec


def test_integers_of_any_size_come_back_in_parameters(ledger):
    parameters = {"big": 2**70, "small": -(2**63), "one": 1, "true": True}
    ledger.queue_trial("s", 0, parameters)
    assert ledger.trials("s")[0].parameters == parameters


STRANGE = "a\0b \ud800 \N{SNOWMAN} \x1b[31m '; DROP TABLE trials; --"
SHOWN = "a\N{SYMBOL FOR NULL}b \\ud800 \N{SNOWMAN} \x1b[31m '; DROP TABLE trials; --"


def test_characters_that_a_database_cannot_hold_become_visible(ledger):
    ledger.queue_trial("s", 0, {})
    ledger.add_metrics("s", 0, {STRANGE: 1.0}, 1)
    ledger.end_trial("s", 0, TrialEnd(TrialState.FAILED, STRANGE, 1.0))
    ledger.end_sweep("s", SweepState.FAILED, STRANGE)
    assert ledger.metrics("s")[0].name == SHOWN
    assert ledger.trials("s")[0].error == SHOWN
    assert ledger.sweep("s").error == SHOWN


def test_any_text_comes_back_as_it_was_in_specs_and_parameters(ledger):
    ledger.start_sweep("t", {"description": STRANGE, STRANGE: [STRANGE]}, None)
    ledger.queue_trial("t", 0, {"x": STRANGE})
    assert ledger.sweep("t").spec == {"description": STRANGE, STRANGE: [STRANGE]}
    assert ledger.trials("t")[0].parameters == {"x": STRANGE}


def test_a_sweep_of_an_id_with_strange_characters_is_found_again(ledger):
    ledger.start_sweep(STRANGE, {}, None)
    assert ledger.sweep(STRANGE).id == SHOWN


def test_a_report_of_no_metrics_leaves_no_row(ledger):
    ledger.queue_trial("s", 0, {})
    ledger.add_metrics("s", 0, {}, 1)
    assert ledger.metrics("s") == []


@pytest.fixture
def far_east():
    """A time zone fourteen hours ahead of UTC."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "XXX-14")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("far_east")
def test_every_time_is_now_and_in_utc(ledger):
    before = datetime.now(UTC)
    ledger.queue_trial("s", 0, {})
    ledger.start_trial("s", 0)
    ledger.add_metrics("s", 0, {"auc": 0.5}, 1)
    ledger.end_trial("s", 0, TrialEnd(TrialState.COMPLETED, None, 1.0))
    ledger.end_sweep("s", SweepState.COMPLETED)
    [trial], [report], sweep = ledger.trials("s"), ledger.metrics("s"), ledger.sweep("s")
    times = [trial.started, report.time, trial.ended, sweep.ended]
    assert times == sorted(times)
    assert all(each.utcoffset() == timedelta(0) for each in [*times, sweep.started])
    assert before <= times[0]
    assert times[-1] <= datetime.now(UTC)


# --- the file


def test_only_the_owner_can_read_the_ledgers_files(file_ledger, file):
    files = list(file.parent.iterdir())
    assert {each.name for each in files} == {"ledger.db", "ledger.db-wal", "ledger.db-shm"}
    assert [each.name for each in [file.parent, *files] if each.stat().st_mode & 0o077] == []


def test_the_umask_does_not_open_the_ledger(tmp_path):
    before = os.umask(0)
    try:
        Ledger(sqlite_url(tmp_path / "home" / "ledger.db")).close()
    finally:
        os.umask(before)
    assert (tmp_path / "home").stat().st_mode & 0o077 == 0
    assert (tmp_path / "home" / "ledger.db").stat().st_mode & 0o077 == 0


def test_the_ledger_may_lie_in_a_folder_of_any_name(tmp_path):
    path = tmp_path / "what? 100%#" / "ledger.db"
    ledger = Ledger(sqlite_url(path))
    ledger.start_sweep("s", {}, None)
    ledger.close()
    assert path.stat().st_size > 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["what? 100%#"]


def test_a_ledger_that_is_opened_again_still_has_everything(ledger, url):
    ledger.queue_trial("s", 0, {"x": 1})
    ledger.close()
    again = Ledger(url)
    assert [row.parameters for row in again.trials("s")] == [{"x": 1}]
    again.close()


# --- many at once


def test_others_read_while_one_writes(ledger, engine, url):
    reader = Ledger(url)
    ledger.queue_trial("s", 0, {})
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE trials SET state = 'running'"))
        assert [row.state for row in reader.trials("s")] == ["queued"]
    assert [row.state for row in reader.trials("s")] == ["running"]
    reader.close()


READ = """
import sys
from sweepflow.ledger.ledger import Ledger
ledger = Ledger(sys.argv[1])
print("reading", flush=True)
n = 0
while n < 50:
    now = len(ledger.metrics("s"))
    assert now >= n
    n = now
print(n)
"""


def test_processes_read_while_another_writes(ledger, url):
    ledger.queue_trial("s", 0, {})
    readers = [python(READ, url) for _ in range(2)]
    assert [reader.stdout.readline() for reader in readers] == ["reading\n"] * 2
    for interval in range(50):
        ledger.add_metrics("s", 0, {"auc": 0.5}, interval)
    assert [outcome(reader) for reader in readers] == ["50\n"] * 2


WRITE = """
import sys
from sweepflow.ledger.ledger import Ledger
ledger = Ledger(sys.argv[1])
ledger.start_sweep(sys.argv[2], {}, None)
ledger.queue_trial(sys.argv[2], 0, {})
print("ready", flush=True)
sys.stdin.readline()
for interval in range(1, 101):
    ledger.add_metrics(sys.argv[2], 0, {"b": float(interval), "a": -1.0}, interval)
"""


def go(processes):
    """Let the processes, once all of them are ready, go on together; gives what they print."""
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * len(processes)
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    return [outcome(process) for process in processes]


def test_sweeps_that_write_at_once_each_keep_the_order_of_their_reports(ledger, url):
    go([python(WRITE, url, name) for name in "tuv"])
    expected = [(i, name, value) for i in range(1, 101) for name, value in (("b", float(i)), ("a", -1.0))]
    for name in "tuv":
        rows = ledger.metrics(name)
        assert [(row.interval, row.name, row.value) for row in rows] == expected
        assert [row.id for row in rows] == sorted({row.id for row in rows})


CREATE = """
import sys
from sweepflow.ledger.ledger import Ledger
print("ready", flush=True)
sys.stdin.readline()
for url in sys.argv[2:]:
    ledger = Ledger(url)
    ledger.start_sweep(sys.argv[1], {}, None)
    ledger.close()
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def new_urls(request, tmp_path):
    """Six ledgers that are not there yet."""
    if request.param == "sqlite":
        return [sqlite_url(tmp_path / str(number) / "ledger.db") for number in range(6)]
    server = request.getfixturevalue("postgres_server")
    return [server.new_url() for _ in range(6)]


def test_sweeps_that_start_at_once_can_all_make_the_first_ledger(new_urls):
    go([python(CREATE, name, *new_urls) for name in "abc"])
    for url in new_urls:
        ledger = Ledger(url)
        assert all(ledger.sweep(name) for name in "abc")
        ledger.close()


def test_threads_that_start_at_once_can_all_make_the_first_ledger(url):
    start = threading.Barrier(4)

    def create(name):
        start.wait()
        ledger = Ledger(url)
        ledger.start_sweep(name, {}, None)
        ledger.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(create, "abcd"))
    ledger = Ledger(url)
    assert all(ledger.sweep(name) for name in "abcd")
    ledger.close()
