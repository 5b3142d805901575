from pathlib import Path

import pytest

from sweepflow.archive.folder import SweepFolder
from sweepflow.errors import SweepBusy


def test_to_name_a_folder_makes_nothing(tmp_path: Path) -> None:
    folder = SweepFolder(tmp_path / "home", "s")
    assert folder.path == tmp_path / "home/sweeps/s"
    assert folder.trial_log(7) == tmp_path / "home/sweeps/s/trials/0007/log.txt"
    assert (folder.data(), folder.is_locked) == (None, False)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_made_for_its_owner_alone_as_often_as_is_asked(tmp_path: Path) -> None:
    folder = SweepFolder(tmp_path / "home", "s").create().create()
    made = [folder.home, folder.path.parent, folder.path, folder.path / "trials"]
    assert [path.stat().st_mode & 0o777 for path in made] == [0o700] * 4


def test_a_sweep_is_run_by_one_process_at_a_time(tmp_path: Path) -> None:
    folder = SweepFolder(tmp_path, "s")
    with folder.locked():
        assert folder.is_locked
        with pytest.raises(SweepBusy, match=r"the sweep 's' is being run by process \d+"), folder.locked():
            pass
    assert not folder.is_locked
    with folder.locked():
        pass


def test_two_values_for_one_folder_are_equal(tmp_path: Path) -> None:
    assert SweepFolder(tmp_path, "s") == SweepFolder(tmp_path, "s") != SweepFolder(tmp_path, "t")


def test_what_the_best_trial_wrote_is_copied_and_replaces_what_was_there(tmp_path: Path) -> None:
    folder = SweepFolder(tmp_path, "s").create()
    for number in (1, 2):
        outputs = folder.trial(number) / "outputs"
        (outputs / "inner").mkdir(parents=True)
        (outputs / f"inner/{number}.txt").write_text("model")
        (outputs / "out").symlink_to("/etc/hostname")
        folder.keep_best(number)
    assert folder.best_files == ["inner/2.txt"]
    assert (folder.trial(2) / "outputs/inner/2.txt").exists()


def test_there_is_no_best_folder_if_the_best_trial_wrote_nothing_into_its_own(tmp_path: Path) -> None:
    folder = SweepFolder(tmp_path, "s").create()
    (folder.trial(1) / "outputs").mkdir(parents=True)
    (folder.trial(1) / "outputs/a").touch()
    folder.keep_best(1)
    folder.trial(2).mkdir()
    folder.keep_best(2)
    assert not (folder.path / "best").exists()
    (folder.trial(3) / "outputs").mkdir(parents=True)
    folder.keep_best(3)
    folder.trial(4).mkdir()
    (folder.trial(4) / "outputs").symlink_to("/etc")
    folder.keep_best(4)
    assert not (folder.path / "best").exists()
    assert folder.best_files == []
