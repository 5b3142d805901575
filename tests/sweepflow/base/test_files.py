import os

import pytest

from sweepflow.base.files import private_folder, replacing


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request):
    before = os.umask(request.param)
    yield
    os.umask(before)


def is_private(path):
    return path.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("umask")
def test_a_folder_and_those_made_above_it_are_their_owners_alone(tmp_path):
    made = private_folder(tmp_path / "home" / "sweeps" / "1")
    assert private_folder(made) == made
    assert all(map(is_private, [made, made.parent, made.parent.parent]))


@pytest.mark.usefixtures("umask")
def test_a_file_is_its_owners_alone_even_where_a_public_one_was_left(tmp_path):
    path = tmp_path / "file"
    for name in ("file", "file.partial"):
        (tmp_path / name).write_text("old")
        (tmp_path / name).chmod(0o666)
    with replacing(path) as partial:
        partial.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert is_private(path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_stays_as_it_was_when_its_writing_fails(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(TypeError), replacing(path) as partial:
        partial.write_text(None)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
