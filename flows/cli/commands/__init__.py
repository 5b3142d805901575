"""The commands of `sweepflow`: a file each, and a name each in `COMMANDS`.

A command is the one public function of its file, which is imported when the command runs. The help that lists
all commands reads their docstrings without importing them.
"""

import ast
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

COMMANDS = (
    "init",
    "run",
    "convert",
    "resume",
    "list",
    "show",
    "report",
    "export",
    "backtest",
    "models",
    "promote",
    "rollback",
    "serve",
    "server",
    "to-mlflow",
    "prune",
    "doctor",
)


class Command(NamedTuple):
    """A command that is not imported yet."""

    name: str
    import_path: str
    """Its function, as `package.module:function`."""
    docstring: str


def commands() -> list[Command]:
    """All commands."""
    return [_command(name) for name in COMMANDS]


def _command(name: str) -> Command:
    module = f"{__name__}.{name.replace('-', '_')}"
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"the command '{name}' has no file: {module} is missing")
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    public = next(function for function in functions if not function.name.startswith("_"))
    return Command(name, f"{module}:{public.name}", ast.get_docstring(public) or "")
