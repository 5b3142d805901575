from pathlib import Path

import pandas as pd
import pytest

from sweepflow.archive.export import FILES, export_files
from sweepflow.errors import SpecError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sweep's folder with all files of a result, and others."""
    folder = tmp_path / "sweep"
    (folder / "trials").mkdir(parents=True)
    for name in (*FILES, "workers.log"):
        (folder / name).write_text(f"this is {name}")
    (folder / "leaderboard.csv").unlink()
    pd.DataFrame({"number": [1, 0], "param.x": ["a,b", None]}).to_parquet(folder / "leaderboard.parquet")
    return folder


def test_all_files_of_the_result_are_copied_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "below" / "result"
    found = export_files(folder, target)
    assert found == (FILES, ())
    assert sorted(path.name for path in target.iterdir()) == sorted(FILES)
    assert (target / "model.skops").read_text() == "this is model.skops"
    assert (target / "leaderboard.parquet").read_bytes() == (folder / "leaderboard.parquet").read_bytes()
    assert (target / "leaderboard.csv").read_text() == 'number,param.x\n1,"a,b"\n0,\n'
    assert list(target.parent.iterdir()) == [target]


def test_what_the_best_trial_wrote_is_copied_too(folder: Path, tmp_path: Path) -> None:
    (folder / "best/inner").mkdir(parents=True)
    (folder / "best/inner/model.pt").write_text("weights")
    (folder / "best/inner/elsewhere").symlink_to("/etc/passwd")
    found = export_files(folder, tmp_path / "result")
    assert found == ((*FILES, "best"), ())
    assert (tmp_path / "result/best/inner/model.pt").read_text() == "weights"
    assert [path.name for path in (tmp_path / "result/best/inner").iterdir()] == ["model.pt"]


def test_what_is_not_there_is_told(folder: Path, tmp_path: Path) -> None:
    (folder / "model.skops").unlink()
    (folder / "leaderboard.parquet").unlink()
    found = export_files(folder, tmp_path / "result")
    assert found.missing == ("leaderboard.parquet", "leaderboard.csv", "model.skops")
    assert found.files == ("spec.yml", "metrics.parquet", "model-card.md", "report.html")


def test_no_model_is_missed_where_trials_have_none(folder: Path, tmp_path: Path) -> None:
    (folder / "model.skops").unlink()
    assert export_files(folder, tmp_path / "result", has_model=False).missing == ()


def test_an_empty_folder_will_do_and_one_with_a_file_will_not(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "result"
    target.mkdir()
    export_files(folder, target)
    before = sorted(target.iterdir())
    with pytest.raises(SpecError, match="is there already, and not an empty folder: name another"):
        export_files(folder, target)
    assert sorted(target.iterdir()) == before
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(SpecError, match="is there already"):
        export_files(folder, file)


def test_a_sweep_without_files_leaves_no_folder(tmp_path: Path) -> None:
    (tmp_path / "sweep").mkdir()
    with pytest.raises(SpecError, match="there is nothing to export in"):
        export_files(tmp_path / "sweep", tmp_path / "result")
    assert not (tmp_path / "result").exists()


def test_a_copy_that_fails_leaves_no_half_of_a_result(folder: Path, tmp_path: Path) -> None:
    (folder / "leaderboard.parquet").write_text("this is no table")
    with pytest.raises(Exception, match="Parquet"):
        export_files(folder, tmp_path / "result")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sweep"]
