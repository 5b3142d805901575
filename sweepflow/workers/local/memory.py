"""How much memory processes hold; only Linux tells.

Memory-mapped files do not count, because the system takes their pages back when it needs them.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

_PROCESSES = Path("/proc")
_FIELDS_OF_STATUS = ("RssAnon:", "RssShmem:", "VmSwap:")
_FIELDS_OF_ROLLUP = ("Pss_Anon:", "Pss_Shmem:", "SwapPss:")


def is_known() -> bool:
    """Whether this system tells how much memory a process holds."""
    return (_PROCESSES / "self" / "status").exists()


def holds_more(processes: Iterable[int], limit: int) -> bool:
    """Whether these processes together hold more bytes than the limit; shared memory counts once."""
    if (total := _total("status", _FIELDS_OF_STATUS, processes)) <= limit:
        return False
    # exact, but slow, and not on every system
    exact = _total("smaps_rollup", _FIELDS_OF_ROLLUP, processes)
    return (exact or total) > limit


def _total(file: str, names: tuple[str, ...], processes: Iterable[int]) -> int:
    return sum(sum(_bytes(_text(_PROCESSES / str(process) / file), names)) for process in processes)


def _bytes(text: str, names: tuple[str, ...]) -> Iterator[int]:
    for line in text.splitlines():
        if line.startswith(names):
            yield int(line.split()[1]) * 1024


def _text(path: Path) -> str:
    """The text of a file in /proc; empty if the process has ended or belongs to another user."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
