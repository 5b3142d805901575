"""The Python scripts that a command names."""

import re
from collections.abc import Iterator
from pathlib import Path


def named_scripts(command: str, code: Path) -> Iterator[str]:
    """The texts of the scripts and modules in the folder of the code that the command names."""
    modules = (f"{name.replace('.', '/')}.py" for name in re.findall(r"-m\s+([\w.]+)", command))
    for name in [*re.findall(r"[\w./-]+\.py\b", command), *modules]:
        if (code / name).is_file():
            yield (code / name).read_text(encoding="utf-8", errors="replace")
