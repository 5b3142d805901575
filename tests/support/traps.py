"""A user's files that have the same names as modules that are imported."""

import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

_TRAP = """
with open({executed!r}, "a") as file:
    file.write("{name} ")
raise RuntimeError("not this one")
"""


def set_traps(folder: Path) -> Path:
    """Put a file for every module of Python, of Sweepflow and of what it needs into the folder.

    Gives the file to which each of them adds its name when it is imported. Left out are `sweepflow`, which
    the user starts, and what Python has imported before it runs a module.
    """
    folder.mkdir(parents=True, exist_ok=True)
    executed = folder / "executed"
    executed.touch()
    command = [sys.executable, "-c", "import runpy, sys; print(*sys.modules)"]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    names = {*sys.stdlib_module_names, *packages_distributions(), "tasks"} - {*loaded, "sweepflow"}
    for name in filter(str.isidentifier, names):
        (folder / f"{name}.py").write_text(_TRAP.format(executed=str(executed), name=name))
    (folder / "flows").mkdir()
    (folder / "flows" / "__init__.py").write_text(_TRAP.format(executed=str(executed), name="flows"))
    return executed
