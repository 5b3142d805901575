"""What a notebook is given of a trial's files."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sweepflow.archive.folder import SweepFolder
from sweepflow.azure.hyperdrive.records import files

SWEEP: Any = SimpleNamespace(id="s")


def test_no_link_in_a_trials_outputs_leads_to_files_outside_of_them(home: Path, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/key").touch()
    outputs = SweepFolder(home, "s").create().trial_outputs(0)
    (outputs / "sub").mkdir(parents=True)
    (outputs / "model").touch()
    (outputs / "again").symlink_to("model")
    (outputs / "key").symlink_to(tmp_path / "secrets/key")
    (outputs / "folder").symlink_to(tmp_path / "secrets")
    (outputs / "sub/up").symlink_to("../../../../../../secrets/key")
    assert list(files(SWEEP, 0)) == ["outputs/again", "outputs/model"]
    outputs.rename(outputs.with_name("other"))
    outputs.symlink_to(tmp_path / "secrets")
    assert files(SWEEP, 0) == {}
