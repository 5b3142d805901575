"""Folders copied and removed, with whatever programs and people put into them."""

import os
import socket
import stat
from pathlib import Path

import pytest

from sweepflow.base.folders import copy_folder, remove_folder


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "inner" / "empty").mkdir(parents=True)
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "inner" / "data").write_bytes(bytes(range(256)) * 5000)
    return folder


def copied(source: Path, tmp_path: Path, *, keeps_outside_links: bool = True) -> Path:
    copy_folder(source, tmp_path / "copy", keeps_outside_links=keeps_outside_links)
    return tmp_path / "copy"


def test_contents_permissions_and_times_are_those_of_the_original(source: Path, tmp_path: Path) -> None:
    os.utime(source / "run.sh", (1_000_000, 2_000_000))
    copy = copied(source, tmp_path)
    assert names(copy) == names(source)
    assert (copy / "inner/data").read_bytes() == (source / "inner/data").read_bytes()
    assert stat.S_IMODE((copy / "run.sh").stat().st_mode) == 0o755
    assert (copy / "run.sh").stat().st_mtime == 2_000_000


def test_who_writes_into_the_copy_in_place_leaves_the_original_alone(source: Path, tmp_path: Path) -> None:
    copy = copied(source, tmp_path)
    with (copy / "inner/data").open("r+b") as file:
        file.write(b"changed")
    assert (source / "inner/data").read_bytes()[:7] == bytes(range(7))


def test_a_read_only_folder_can_be_written_to_in_the_copy(source: Path, tmp_path: Path) -> None:
    (source / "inner").chmod(0o555)
    copy = copied(source, tmp_path)
    (source / "inner").chmod(0o755)
    assert stat.S_IMODE((copy / "inner").stat().st_mode) == 0o700


def test_a_link_within_the_folder_stays_within_the_copy_however_it_is_written(
    source: Path, tmp_path: Path
) -> None:
    (source / "inner/relative").symlink_to("../run.sh")
    (source / "absolute").symlink_to(source / "inner/data")
    (source / "folder").symlink_to("inner")
    (source / "itself").symlink_to(".")
    copy = copied(source, tmp_path, keeps_outside_links=False)
    assert (copy / "inner/relative").resolve() == copy / "run.sh"
    assert (copy / "absolute").resolve() == copy / "inner/data"
    assert (copy / "folder").resolve() == copy / "inner"
    assert (copy / "itself").resolve() == copy


@pytest.mark.parametrize("keeps", [True, False])
def test_a_link_that_leaves_the_folder_is_kept_or_left_out_and_never_followed(
    source: Path, tmp_path: Path, keeps: bool
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("private")
    (source / "absolute").symlink_to(secret)
    (source / "inner/relative").symlink_to("../../secret")
    (source / "nowhere").symlink_to("/no/such/file")
    copy = copied(source, tmp_path, keeps_outside_links=keeps)
    links = {name for name in names(copy) if (copy / name).is_symlink()}
    assert links == ({"absolute", "inner/relative", "nowhere"} if keeps else set())
    assert not keeps or (copy / "inner/relative").resolve() == secret


def test_a_link_that_goes_round_in_circles_does_no_harm(source: Path, tmp_path: Path) -> None:
    (source / "round").symlink_to("about")
    (source / "about").symlink_to("round")
    assert {"run.sh", "inner"} <= names(copied(source, tmp_path, keeps_outside_links=False))


def test_pipes_and_sockets_are_left_out(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(source / "pipe")
    monkeypatch.chdir(source)  # a socket's path may not be long
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        assert names(copied(source, tmp_path)) == names(source) - {"pipe", "socket"}


def test_what_is_to_be_left_out_is_asked_by_path(source: Path, tmp_path: Path) -> None:
    asked: dict[str, bool] = {}

    def leaves_out(path: str, is_folder: bool) -> bool:
        asked[path] = is_folder
        return path == "inner/data"

    copy_folder(source, tmp_path / "copy", leaves_out, keeps_outside_links=True)
    assert asked == {"run.sh": False, "inner": True, "inner/empty": True, "inner/data": False}
    assert names(tmp_path / "copy") == {"run.sh", "inner", "inner/empty"}


def test_a_folder_that_has_been_made_read_only_is_removed(source: Path) -> None:
    for folder in (source / "inner/empty", source / "inner", source):
        folder.chmod(0o500)
    remove_folder(source)
    assert not source.exists()


def test_a_link_is_removed_and_what_it_leads_to_is_not(source: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(source)
    remove_folder(tmp_path / "link")
    remove_folder(tmp_path / "link")
    assert not os.path.lexists(tmp_path / "link")
    assert (source / "run.sh").exists()
