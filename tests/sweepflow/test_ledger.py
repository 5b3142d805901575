import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from sweepflow.ledger import Ledger, SweepState
from sweepflow.settings import sqlite_url
from sweepflow.trial import TrialEnd, TrialState

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "home" / "ledger.db"


@pytest.fixture
def ledger(path):
    ledger = Ledger(sqlite_url(path))
    ledger.start_sweep("s", {"limits": {"max_total_trials": 2}}, "abc")
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
    assert (row["state"], row["error"], row["ended"]) == ("running", None, None)
    assert row["spec"] == {"limits": {"max_total_trials": 2}}
    assert row["data_fingerprint"] == "abc"
    ledger.end_sweep("s", SweepState.FAILED, "why")
    row = ledger.sweep("s")
    assert (row["state"], row["error"]) == ("failed", "why")
    assert row["ended"] >= row["started"]


def test_there_is_no_row_of_an_unknown_sweep(ledger):
    assert ledger.sweep("other") is None
    assert ledger.trials("other") == ledger.metrics("other") == []


def test_a_trial_is_recorded_through_all_its_states(ledger):
    parameters = {"lr": 0.1, "kind": "tree", "deep": True, "none": None}
    ledger.queue_trial("s", 0, parameters)
    [row] = ledger.trials("s")
    assert (row["state"], row["parameters"], row["started"]) == ("queued", parameters, None)
    ledger.start_trial("s", 0)
    [row] = ledger.trials("s")
    assert (row["state"], row["ended"]) == ("running", None)
    ledger.end_trial("s", 0, TrialEnd(TrialState.TERMINATED, "bandit", 2.5))
    [row] = ledger.trials("s")
    assert (row["state"], row["error"], row["seconds"]) == ("terminated", "bandit", 2.5)
    assert row["ended"] >= row["started"]


def test_ending_one_trial_leaves_the_others_and_other_sweeps_alone(ledger):
    ledger.start_sweep("t", {}, None)
    for sweep, number in (("s", 1), ("s", 0), ("t", 0)):
        ledger.queue_trial(sweep, number, {})
    ledger.end_trial("s", 0, TrialEnd(TrialState.COMPLETED, None, 1.0))
    ledger.end_sweep("s", SweepState.COMPLETED)
    assert [(row["number"], row["state"]) for row in ledger.trials("s")] == [(0, "completed"), (1, "queued")]
    assert [row["state"] for row in ledger.trials("t")] == ["queued"]
    assert ledger.sweep("t")["state"] == "running"


def test_a_trial_has_one_row(ledger):
    ledger.queue_trial("s", 0, {})
    with pytest.raises(sa.exc.IntegrityError, match="UNIQUE"):
        ledger.queue_trial("s", 0, {})


def test_a_trial_or_a_report_of_nothing_is_refused(ledger):
    with pytest.raises(sa.exc.IntegrityError, match="FOREIGN KEY"):
        ledger.queue_trial("other", 0, {})
    with pytest.raises(sa.exc.IntegrityError, match="FOREIGN KEY"):
        ledger.add_metrics("s", 7, {"auc": 0.5}, 1)


def test_reports_keep_their_order(ledger):
    ledger.queue_trial("s", 0, {})
    ledger.queue_trial("s", 1, {})
    for number, interval in ((1, 1), (0, 1), (1, 2)):
        ledger.add_metrics("s", number, {"b": 1.0, "a": 2.0}, interval)
    found = [(row["number"], row["interval"], row["name"]) for row in ledger.metrics("s")]
    expected = [(n, i, name) for n, i in ((1, 1), (0, 1), (1, 2)) for name in "ba"]
    assert found == expected


def test_nan_becomes_null_and_infinity_stays(ledger):
    ledger.queue_trial("s", 0, {})
    ledger.add_metrics("s", 0, {"nan": float("nan"), "inf": float("-inf")}, 1)
    assert [row["value"] for row in ledger.metrics("s")] == [None, float("-inf")]


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
    times = [trial["started"], report["time"], trial["ended"], sweep["ended"]]
    assert times == sorted(times)
    assert all(each.utcoffset() == timedelta(0) for each in [*times, sweep["started"]])
    assert before <= times[0]
    assert times[-1] <= datetime.now(UTC)


# --- the file


def test_only_the_owner_can_read_the_ledgers_files(ledger, path):
    files = list(path.parent.iterdir())
    assert {file.name for file in files} == {"ledger.db", "ledger.db-wal", "ledger.db-shm"}
    assert [file.name for file in [path.parent, *files] if file.stat().st_mode & 0o077] == []


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


def test_a_ledger_that_is_opened_again_still_has_everything(ledger, path):
    ledger.queue_trial("s", 0, {"x": 1})
    ledger.close()
    again = Ledger(sqlite_url(path))
    assert [row["parameters"] for row in again.trials("s")] == [{"x": 1}]
    again.close()


# --- many at once


def test_others_read_while_one_writes(ledger, path):
    reader = Ledger(sqlite_url(path))
    writer = sa.create_engine(f"sqlite:///{path}")
    ledger.queue_trial("s", 0, {})
    with writer.begin() as connection:
        connection.execute(sa.text("UPDATE trials SET state = 'running'"))
        assert [row["state"] for row in reader.trials("s")] == ["queued"]
    assert [row["state"] for row in reader.trials("s")] == ["running"]
    writer.dispose()
    reader.close()


READ = """
import sys
from pathlib import Path
from sweepflow.settings import sqlite_url
from sweepflow.ledger import Ledger
ledger = Ledger(sqlite_url(Path(sys.argv[1])))
print("reading", flush=True)
n = 0
while n < 50:
    now = len(ledger.metrics("s"))
    assert now >= n
    n = now
print(n)
"""


def test_processes_read_while_another_writes(ledger, path):
    ledger.queue_trial("s", 0, {})
    readers = [python(READ, path) for _ in range(2)]
    assert [reader.stdout.readline() for reader in readers] == ["reading\n"] * 2
    for interval in range(50):
        ledger.add_metrics("s", 0, {"auc": 0.5}, interval)
    assert [outcome(reader) for reader in readers] == ["50\n"] * 2


CREATE = """
import sys
from pathlib import Path
from sweepflow.settings import sqlite_url
from sweepflow.ledger import Ledger
print("ready", flush=True)
sys.stdin.readline()
for number in range(20):
    ledger = Ledger(sqlite_url(Path(sys.argv[1]) / str(number) / "ledger.db"))
    ledger.start_sweep(sys.argv[2], {}, None)
    ledger.close()
"""


def test_sweeps_that_start_at_once_can_all_make_the_first_ledger(tmp_path):
    processes = [python(CREATE, tmp_path, name) for name in "abc"]
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * 3
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        outcome(process)
    for number in range(20):
        ledger = Ledger(sqlite_url(tmp_path / str(number) / "ledger.db"))
        assert all(ledger.sweep(name) for name in "abc")
        ledger.close()
