"""How much memory processes hold, where the system tells (Linux).

Memory-mapped files do not count: the system takes their pages back when it needs them.
"""

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

_PROCESSES = Path("/proc")
_OWN = ("RssAnon:", "RssShmem:", "VmSwap:")
_SHARE = ("Pss_Anon:", "Pss_Shmem:", "SwapPss:")


def is_known() -> bool:
    """Whether this system tells how much memory a process holds."""
    return (_PROCESSES / "self" / "status").exists()


def groups() -> dict[int, list[int]]:
    """The processes of each process group."""
    found: dict[int, list[int]] = defaultdict(list)
    for entry in os.scandir(_PROCESSES):
        if entry.name.isdigit() and (stat := _text(Path(entry.path, "stat"))):
            group = stat.rpartition(")")[2].split()[2]
            found[int(group)].append(int(entry.name))
    return found


def holds_more(processes: list[int], limit: int) -> bool:
    """Whether these processes hold more bytes together; what several of them share counts once."""
    if (total := _total("status", _OWN, processes)) <= limit:
        return False
    return (_total("smaps_rollup", _SHARE, processes) or total) > limit  # exact, but slow and not everywhere


def _total(file: str, names: tuple[str, ...], processes: list[int]) -> int:
    return sum(sum(_bytes(_text(_PROCESSES / str(process) / file), names)) for process in processes)


def _bytes(text: str, names: tuple[str, ...]) -> Iterator[int]:
    for line in text.splitlines():
        if line.startswith(names):
            yield int(line.split()[1]) * 1024


def _text(path: Path) -> str:
    """What the system tells; nothing about a process that has ended, or that is somebody else's."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
