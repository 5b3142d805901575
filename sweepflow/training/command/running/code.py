"""The folder that a command runs in: a copy of its code of the trial's own, with the kept folders in it."""

import os
import re
from contextlib import suppress
from pathlib import Path

from pathspec import GitIgnoreSpec

from sweepflow.base.files import private_folder
from sweepflow.base.folders import LeavesOut, copy_folder, remove_folder
from sweepflow.base.settings import home
from sweepflow.errors import TrialError
from sweepflow.training.job import OUTPUTS

_COPY = "code"
_LOGS = "logs"

_IGNORE_FILES = (".amlignore", ".gitignore")
"""In Azure the first one that is there counts, and only at the top of the folder."""

_QUOTED = re.compile(r"'([^'\0]+)'")

_NEVER_COPIED = (".git", ".hg", ".svn", "__pycache__", ".ipynb_checkpoints")
_ENVIRONMENTS = ("pyvenv.cfg", "conda-meta")
"""What lies in the folder of a virtual environment, which does not work elsewhere."""


def copy_of(trial: Path) -> Path:
    """The folder for the copy of a trial's code."""
    return trial / _COPY


def copy_code(code: Path | None, trial: Path) -> None:
    """Make a new copy of the code in the trial's folder, an empty folder if that is None.

    In it `outputs` and `logs` are links to the trial's own folders of these names; `logs` is not if the code
    has such a folder. TrialError if the code cannot be copied.
    """
    remove_copy(trial)  # an attempt that was killed leaves its copy
    copy = copy_of(trial)
    try:
        if code is None:
            copy.mkdir(mode=0o700)
        else:
            copy_folder(code, copy, _ignored(code, trial), keeps_outside_links=True)
    except OSError as error:
        path = f"'{error.filename}'" if error.filename else f"the folder '{code}'"
        raise TrialError(f"trial.code: {path} cannot be copied: {error.strerror}") from None
    for name in (OUTPUTS, _LOGS):
        if not os.path.lexists(copy / name):
            (copy / name).symlink_to(private_folder(trial / name))


def remove_copy(trial: Path) -> None:
    """Remove the copy from the trial's folder; what has been written to its `outputs` and `logs` stays.

    OSError if that fails.
    """
    copy = copy_of(trial)
    for name in (OUTPUTS, _LOGS):
        if (trial / name).is_dir() and not copy.is_symlink():
            _absorb(copy / name, trial / name)
    remove_folder(copy)
    with suppress(OSError):  # there is none, or it is not empty
        (trial / _LOGS).rmdir()


def why_missing(reason: str, code: Path, trial: Path) -> str | None:
    """Why a file that the reason of a failure quotes is not in the copy, if the code itself has it."""
    copy = copy_of(trial)
    for quoted in _QUOTED.findall(reason):
        path = os.path.relpath(copy / quoted, copy)
        if (code / path).exists() and not os.path.lexists(copy / path):
            file = _ignore_file(code)
            if file is not None and _ignored(code, trial)(path, (code / path).is_dir()):
                return (
                    f"{file.name} leaves it out of each trial's copy of the code: change it, or add an "
                    f"{_IGNORE_FILES[0]}, which alone counts then"
                )
    return None


def has_newer_file(code: Path, time: float) -> bool:
    """Whether a file of the code, at any depth, has changed after this time in seconds since 1970."""
    for path, folders, files in os.walk(code):
        kept = (name for name in folders if name not in _NEVER_COPIED)
        folders[:] = [name for name in kept if not _is_environment(Path(path, name))]
        if any(Path(path, name).lstat().st_mtime > time for name in files):
            return True
    return False


def _absorb(folder: Path, kept: Path) -> None:
    """Move what is in a folder that has taken the place of the link to the kept one."""
    if folder.is_symlink() or not folder.is_dir():
        return
    for entry in folder.iterdir():
        remove_folder(kept / entry.name)
        entry.replace(kept / entry.name)


def _ignored(code: Path, trial: Path) -> LeavesOut:
    """What is not copied: what the ignore file names, what no copy needs, and Sweepflow's own files."""
    patterns = _patterns(code)
    has_exceptions = any(pattern.include is False for pattern in patterns.patterns)
    root = code.resolve()
    own = [path.resolve() for path in (home(), trial.parents[1], trial)]

    def is_ignored(path: str, is_folder: bool) -> bool:
        name = path.rpartition("/")[2]
        if path == OUTPUTS or name in _NEVER_COPIED:
            return True
        if not is_folder:
            return patterns.match_file(path)
        if root / path in own or _is_environment(root / path):
            return True
        return not has_exceptions and patterns.match_file(f"{path}/")

    return is_ignored


def _ignore_file(code: Path) -> Path | None:
    return next((code / name for name in _IGNORE_FILES if (code / name).is_file()), None)


def _is_environment(folder: Path) -> bool:
    return any((folder / mark).exists() for mark in _ENVIRONMENTS)


def _patterns(code: Path) -> GitIgnoreSpec:
    file = _ignore_file(code)
    text = "" if file is None else file.read_text(encoding="utf-8-sig", errors="surrogateescape")
    lines = []
    for line in text.splitlines():
        with suppress(ValueError):  # git too ignores a pattern that is none
            GitIgnoreSpec.from_lines([line])
            lines.append(line)
    return GitIgnoreSpec.from_lines(lines)
