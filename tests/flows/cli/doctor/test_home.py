from pathlib import Path

from sweepflow.flows.cli.doctor.home import check_home


def test_a_home_with_room_is_fine_also_before_it_is_made(tmp_path: Path) -> None:
    for home in (tmp_path, tmp_path / "not" / "yet"):
        (found,) = check_home(home, least_free=1)
        assert found.is_ok
        assert found.message.startswith(f"{home} can be written to, ")
    assert list(tmp_path.iterdir()) == []


def test_a_home_with_little_room_is_told(tmp_path: Path) -> None:
    (found,) = check_home(tmp_path, least_free=1 << 62)
    assert found.message.endswith("are free, which is little")
    assert found.fixes == (f"du -sh {tmp_path}/sweeps/* | sort -h",)


def test_a_home_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for home in (file / "home", Path("/proc/sweepflow")):
        (found,) = check_home(home)
        assert found.message.startswith(f"{home} cannot be written to: ")
        assert found.fixes == ('export SWEEPFLOW_HOME="$HOME/.sweepflow"',)
