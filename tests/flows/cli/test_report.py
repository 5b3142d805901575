import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from commands import call
from sweepflow.spec.file import to_yaml
from sweeps import function_spec

pytestmark = pytest.mark.usefixtures("server", "home")


def sweep(folder: Path, function: str, values: list[Any]) -> Any:
    """How a sweep has ended, and its answer."""
    file = folder / "spec.yml"
    file.write_text(to_yaml(function_spec(function, values)))
    done = call("run", file, "--json")
    return done, json.loads(done.stdout)


def test_every_sweep_ends_with_a_report_which_can_be_written_anew(home: Path, tmp_path: Path) -> None:
    done, result = sweep(tmp_path, "curve", [0.5, 0.25])
    report = home / "sweeps" / result["sweep_id"] / "report.html"
    assert result["report_path"] == str(report), done.stderr
    assert "best score, validation" in report.read_text()
    report.unlink()
    done = call("report", result["sweep_id"], "--json")
    assert json.loads(done.stdout) == {"sweep_id": result["sweep_id"], "report_path": str(report)}
    assert report.is_file()
    done = call("report", result["sweep_id"], "--output", tmp_path / "other.html")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"report      {tmp_path / 'other.html'}\n"
    assert (tmp_path / "other.html").stat().st_size > 1_000_000


def test_a_failed_sweep_has_a_report_that_says_why(tmp_path: Path) -> None:
    done, result = sweep(tmp_path, "mixed", ["raises", "raises again", "raises too"])
    assert (done.returncode, result["state"]) == (1, "failed")
    shown = Path(result["report_path"]).read_text()
    assert "The sweep has failed:" in shown
    assert "ValueError: no good" in shown


def test_a_sweep_whose_report_cannot_be_written_keeps_its_result_and_tells(
    home: Path, tmp_path: Path
) -> None:
    _, result = sweep(tmp_path, "mixed", [1, "raises", 3])
    report = home / "sweeps" / result["sweep_id"] / "report.html"
    report.unlink()
    report.mkdir()
    done = call("resume", result["sweep_id"], "--only", "failed")
    assert done.returncode == 0, done.stderr
    assert f"note: no report was written; sweepflow report {result['sweep_id']} says why" in done.stdout
    assert "leaderboard.parquet" in done.stdout


def test_a_report_of_no_sweep_or_to_no_folder_is_refused_in_a_sentence(tmp_path: Path) -> None:
    done = call("report", "no-such-sweep")
    assert done.returncode == 2
    assert "there is no sweep 'no-such-sweep'" in done.stderr
    assert "Traceback" not in done.stderr
    _, result = sweep(tmp_path, "plain", [1])
    there_is_none = tmp_path / "none" / "report.html"
    done = call("report", result["sweep_id"], "--output", there_is_none, "--json")
    assert done.returncode == 2
    [error] = json.loads(done.stdout)["errors"]
    assert error["path"] == "--output"
    assert str(there_is_none) in error["message"]


def test_a_report_shows_the_data_of_the_sweep_and_its_test(tmp_path: Path) -> None:
    data = Path(__file__).parents[3] / "data/breast_cancer.csv"
    shutil.copyfile(data, tmp_path / "table.csv")
    spec = {
        "data": {"path": "table.csv", "target": "diagnosis", "drop": ["id"]},
        "trial": {"estimator": "sklearn.tree.DecisionTreeClassifier"},
        "search_space": {"max_depth": {"type": "choice", "values": [1, 2]}},
        "objective": {"primary_metric": "accuracy", "goal": "maximize"},
        "limits": {"max_total_trials": 2, "max_concurrent_trials": 2},
    }
    (tmp_path / "spec.yml").write_text(to_yaml(spec))
    result = json.loads(call("run", tmp_path / "spec.yml", "--json").stdout)
    shown = Path(result["report_path"]).read_text()
    tested = result["test_metrics"]["accuracy"]
    assert f"95 % interval {tested['low']:.6g} to {tested['high']:.6g}" in shown
    assert '<th scope="row">train rows</th>' in shown
    assert "fingerprint (SHA-256)" in shown
