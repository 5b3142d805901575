"""The example of a training script, as it is in the repository."""

from pathlib import Path

import pytest

from pages import ROOT
from sweepflow import load, tune
from sweepflow.spec.file import read_spec


@pytest.mark.usefixtures("server")
def test_the_script_is_tuned_and_its_values_are_all_on_record(home_of_commands: Path) -> None:
    result = tune(**read_spec(ROOT / "examples/script/sweep.yml")).as_json()
    ends = {state: n for state, n in result["trials"].items() if n}
    assert ends.pop("total") == 6
    assert set(ends) <= {"completed", "terminated"}
    assert result["best"]["value"] > 0.9
    sweep = load(result["sweep_id"])
    for row in sweep.rows:
        reports = [report.value for report in sweep.reports if report.number == row.number]
        assert max(reports) == row.value
        assert len(reports) == 20 or row.state == "terminated"
        model = home_of_commands / f"sweeps/{result['sweep_id']}/trials/{row.number:04}/outputs/model.joblib"
        assert model.exists() or row.state == "terminated"
    best = home_of_commands / f"sweeps/{result['sweep_id']}/best/model.joblib"
    source = best.parents[1] / f"trials/{result['best']['number']:04}/outputs/model.joblib"
    if source.exists():  # it is written at the end of a trial, and the best one may have been stopped
        assert (result["model_path"], result["outputs_path"]) == (None, str(best.parent))
        assert best.read_bytes() == source.read_bytes()
