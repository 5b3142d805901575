"""What a notebook uploads and registers is read from this machine, by the notebook and by its trials."""

import json
import os
from pathlib import Path

import pytest

from sweepflow.azure.hyperdrive.datastore import register, upload
from sweepflow.azure.hyperdrive.inputs import map_input
from sweepflow.azure.hyperdrive.refusal import NotebookError


@pytest.fixture(autouse=True)
def _nothing_mapped(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("SWEEPFLOW_INPUTS", "{}")


def mapped() -> dict[str, str]:
    found: dict[str, str] = json.loads(os.environ["SWEEPFLOW_INPUTS"])
    return found


def test_uploaded_files_are_copies_with_names_for_the_files_and_their_folders(
    home: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    upload({"a.csv": tmp_path / "a.csv", "deep/b.csv": tmp_path / "a.csv"}, "diabetes-data/")
    folder = home / "azure/datastore/diabetes-data"
    (tmp_path / "a.csv").write_text("changed")
    assert (folder / "deep/b.csv").read_text() == "x\n1\n"
    assert mapped() == {
        "diabetes-data": str(folder),
        "deep": str(folder / "deep"),
        "diabetes-data/a.csv": str(folder / "a.csv"),
        "diabetes-data/deep/b.csv": str(folder / "deep/b.csv"),
    }


def test_names_are_kept_few(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    upload({f"{number}.csv": tmp_path / "a.csv" for number in range(500)}, "many")
    assert len(mapped()) == 51


def test_a_data_set_of_several_files_is_a_folder_of_them(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(name)
    register("both of them", [tmp_path / "a.csv", tmp_path / "b.csv"])
    assert [path.read_text() for path in sorted(Path(mapped()["both of them"]).iterdir())] == [
        "a.csv",
        "b.csv",
    ]


@pytest.mark.parametrize("target", ["../up", "a/../../b"])
def test_nothing_is_written_outside_of_the_store(target: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    with pytest.raises(NotebookError, match="must not lead out of it"):
        upload({"a.csv": tmp_path / "a.csv"}, target)
    with pytest.raises(NotebookError, match="there is no file"):
        upload({"a.csv": tmp_path / "missing.csv"}, "data")
    with pytest.raises(NotebookError, match=r"no file or folder 'no\.csv' to read 'x' from"):
        map_input("x", "no.csv")
