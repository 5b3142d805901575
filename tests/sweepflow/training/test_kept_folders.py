import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sweepflow.training.kept_folders import kept

PROCESS = """
import sys, time
from pathlib import Path
from sweepflow.training.kept_folders import kept

parent, name, number = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

def write(folder):
    with (parent.parent / "writers").open("a") as writers:
        writers.write(number + "\\n")
    (folder / "half").write_text("half")
    print("writing", flush=True)
    sys.stdin.readline()
    (folder / "whole").write_text("whole")

print(kept(parent, name, write, lambda folder: (folder / "whole").read_text()), flush=True)
"""


def start(parent: Path, name: str, number: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROCESS, str(parent), name, str(number)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def write(folder: Path) -> None:
    (folder / "whole").write_text(folder.name)


def read(folder: Path) -> str:
    return (folder / "whole").read_text()


def fail(_: Path) -> None:
    raise AssertionError("it is there already")


def test_processes_that_want_the_same_folder_wait_for_one_writer(tmp_path):
    first = start(tmp_path / "kept", "a", 1)
    assert first.stdout.readline() == "writing\n"
    others = [start(tmp_path / "kept", "a", number) for number in (2, 3)]
    first.stdin.write("\n")
    first.stdin.flush()
    assert [process.communicate(timeout=60)[0] for process in (first, *others)] == ["whole\n"] * 3
    assert (tmp_path / "writers").read_text() == "1\n"


def test_after_a_writer_is_killed_midway_the_next_one_writes_the_folder_anew(tmp_path):
    first = start(tmp_path / "kept", "a", 1)
    assert first.stdout.readline() == "writing\n"
    second = start(tmp_path / "kept", "a", 2)
    os.kill(first.pid, signal.SIGKILL)
    assert second.communicate("\n", timeout=60)[0] == "writing\nwhole\n"
    first.communicate()
    assert (tmp_path / "writers").read_text() == "1\n2\n"
    assert [path.name for path in (tmp_path / "kept").glob("[!.]*")] == ["a"]
    assert not [*(tmp_path / "kept").glob(".partial*")]


def test_few_folders_are_kept_those_that_were_read_last(tmp_path):
    for number in range(12):
        kept(tmp_path, str(number), write, read)
        kept(tmp_path, "0", fail, read)  # read again and again
    names = {path.name for path in tmp_path.glob("[!.]*")}
    assert len(names) == 4
    assert {"0", "11"} <= names


def test_what_a_killed_writer_has_left_goes_when_another_folder_is_written(tmp_path):
    first = start(tmp_path, "a", 1)
    assert first.stdout.readline() == "writing\n"
    kept(tmp_path, "b", write, read)
    assert [*tmp_path.glob(".partial*")]  # it is still being written
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    kept(tmp_path, "c", write, read)
    assert not [*tmp_path.glob(".partial*")]


def test_a_folder_whose_writing_fails_is_not_there(tmp_path):
    def half(folder: Path) -> None:
        (folder / "half").write_text("half")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        kept(tmp_path, "a", half, read)
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_the_folders_are_private(tmp_path):
    kept(tmp_path / "kept", "a", write, read)
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0
