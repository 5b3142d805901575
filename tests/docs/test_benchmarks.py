"""The table that `make bench` writes into the README."""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks.commands import CommandFailed, answer
from benchmarks.pages import comments, renewed
from benchmarks.results_table import table
from benchmarks.scaling_models import fitted
from benchmarks.scaling_models import text as growth
from pools import until

ROOT = Path(__file__).parents[2]
MEASURE = {
    "title": "No-ops",
    "figures": {"a trial, ms": [16.63, None], "above a no-op, ms": [10.4, 6.0], "lost": [0, 0]},
    "peers": {"a trial, ms": {"Optuna": 4.158, "Ray Tune": 1234.5}},
    "errors": {},
}
FAILED = {"title": "Sleeping", "figures": {}, "peers": {}, "errors": {"Sweepflow": "not done after 1200 s"}}


def results(*measures: dict[str, Any]) -> dict[str, Any]:
    machine = {"processor": "a processor", "cores": 2, "memory_gb": 24, "system": "Linux"}
    conditions = {"date": "2026-01-02", "load": 0.1, "quick": False, "seconds": 2400.0, "machine": machine}
    return {**conditions, "versions": {"python": "3.11.7"}, "measures": list(measures), "not_run": []}


def test_the_table_shows_limits_that_do_not_hold_and_how_many_times_ours_others_take() -> None:
    lines = table(results(MEASURE)).splitlines()
    assert lines[0].startswith("`make bench` of 2026-01-02, 40 minutes on 2 cores (a processor")
    assert lines[2:] == [
        "|  | Sweepflow | limit | Optuna | Ray Tune |",
        "| --- | --- | --- | --- | --- |",
        "| **No-ops** |  |  |  |  |",
        "| a trial, ms | 16.6 |  | 4.16 (0.25) | 1,234 (74) |",
        "| above a no-op, ms | **10.4** | 6 |  |  |",
        "| lost | 0 | 0 |  |  |",
    ]


def test_a_measure_that_failed_is_told_below_and_the_other_tools_stand_in_its_row() -> None:
    lines = table(results(MEASURE, {**FAILED, "peers": {"a trial, s": {"Optuna": 1.5}}})).splitlines()
    assert "| a trial, s |  |  | 1.5 |  |" in lines
    assert lines[-1] == "- Sleeping: Sweepflow: not done after 1200 s"


def test_what_was_not_run_and_what_was_measured_again_is_told_below_the_table() -> None:
    again = {**MEASURE, "again": "2026-01-03"}
    assert table({**results(again), "not_run": ["Sleeping"]}).splitlines()[-2:] == [
        "- No-ops: measured again, alone, on 2026-01-03",
        "- Sleeping: not run",
    ]


def test_renewing_a_page_leaves_what_stands_around_the_table() -> None:
    begin, end = comments("run.py")
    once = renewed(f"above\n{begin}\nan older table\n{end}\nbelow\n", "run.py", "a table")
    assert once == f"above\n{begin}\n\na table\n\n{end}\nbelow\n"
    assert renewed(once, "run.py", "a table") == once


def test_a_page_without_the_comments_is_left_alone() -> None:
    with pytest.raises(ValueError, match="must have the comments"):
        renewed("nothing here", "run.py", "a table")


@pytest.mark.parametrize("path", list((ROOT / "benchmarks/results").glob("bench.json")))
def test_the_readme_shows_the_last_run(path: Path) -> None:
    page = (ROOT / "README.md").read_text()
    assert renewed(page, "run.py", table(json.loads(path.read_text()))) == page


def test_the_page_on_growth_shows_the_last_measurement() -> None:
    page, found = (ROOT / "docs/scaling.md").read_text(), ROOT / "benchmarks/results/scaling.json"
    assert renewed(page, "scaling.py", growth(json.loads(found.read_text()))) == page


def script(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_script_beyond_its_limit_gives_its_figures_all_the_same() -> None:
    assert answer(script("print('words'); print('{\"a\": 1}'); exit(1)"), 60, {}) == {"a": 1}


def test_a_script_that_fails_says_why_in_a_line() -> None:
    with pytest.raises(CommandFailed, match=r"^ValueError: no such table$"):
        answer(script("raise ValueError('no such table')"), 60, {})


def has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_script_that_does_not_end_is_ended_with_all_that_it_has_started(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    line = f"setsid sleep 600 & echo $! > {pid}; wait"  # in a session of its own, as servers are
    with pytest.raises(CommandFailed, match="not done after 2 s"):
        answer(["bash", "-c", line], 2, {})
    until(lambda: has_ended(int(pid.read_text())))


def test_a_script_is_over_though_what_it_has_started_holds_its_output(tmp_path: Path) -> None:
    line = f"setsid sleep 600 & echo $! > {tmp_path}/pid; echo '{{\"a\": 1}}'"
    assert answer(["bash", "-c", line], 60, {}) == {"a": 1}
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)  # it was still there


FAULTY_RUN = """
import sys
from pathlib import Path

import run
from measures import Measure, Peers

folder = Path(sys.argv[1])
write = 'import json; print(json.dumps({"figures": {"a trial, ms": [5, 6]}}))'
for name, code in {"broken": "x", "endless": "import time; time.sleep(60)", "works": write}.items():
    (folder / f"{name}.py").write_text(code)
run.MEASURES.clear()
run.MEASURES["broken"] = Measure("Broken", (str(folder / "broken.py"),), (), 60)
run.MEASURES["endless"] = Measure("Endless", (str(folder / "endless.py"),), (), 1)
tools = Peers("no such workload", 1, 1, 1, {}, tools=("processes",))
run.MEASURES["works"] = Measure("Works", (str(folder / "works.py"),), (), 60, tools)
run.RESULTS, run.README = folder / "results/bench.json", folder / "README.md"
sys.argv = ["run.py", "--json"]
run.main()
"""


def test_what_fails_or_takes_too_long_is_told_and_the_other_measures_go_on(tmp_path: Path) -> None:
    begin, end = comments("run.py")
    (tmp_path / "README.md").write_text(f"{begin}\n{end}\n")
    answer([sys.executable, "-c", FAULTY_RUN, str(tmp_path)], 60, {})
    page = (tmp_path / "README.md").read_text()
    assert "| a trial, ms | 5 | 6 |" in page
    assert "- Broken: Sweepflow: NameError: name 'x' is not defined\n" in page
    assert "- Endless: Sweepflow: not done after 1 s\n" in page
    assert "- Works: a pool of processes: " in page
    assert len(json.loads((tmp_path / "results/bench.json").read_text())["measures"]) == 3


def test_a_straight_line_is_found_in_trials_and_reports_together() -> None:
    sizes = [(n, n * reports) for n, reports in ((100, 1), (400, 1), (100, 20), (1000, 5))]
    line = fitted(sizes, [300 + 0.02 * n + 0.001 * n_reports for n, n_reports in sizes])
    assert line.fixed == pytest.approx(300)
    assert line.slopes == pytest.approx((0.02, 0.001))
    assert line.at(1_000_000, 0) == pytest.approx(20_300)
