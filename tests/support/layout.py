"""The packages of the core as their files show them: what each lists, and what others import from it."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[2]
CORE = ROOT / "sweepflow"
PACKAGES = sorted(
    folder.name for folder in CORE.iterdir() if (folder / "__init__.py").exists() and not folder.is_symlink()
)


def listed(package: str) -> list[str]:
    """The names in the list `__all__` of a package; all that it has if it has no list."""
    module = import_module(f"sweepflow.{package}")
    return list(getattr(module, "__all__", dir(module)))


def imported_from_outside(package: str) -> dict[str, Path]:
    """What files outside of the package import from it, a module or a name, each with one of them."""
    used: dict[str, Path] = {}
    for file in _files():
        if not file.is_relative_to(CORE / package):
            used |= dict.fromkeys(_imports(file, package), file)
    return used


def _files() -> Iterator[Path]:
    for folder in ("sweepflow", "flows", "tasks"):  # by their own names: the links are not followed
        yield from (ROOT / folder).rglob("*.py")


def _imports(file: Path, package: str) -> Iterator[str]:
    whole = f"sweepflow.{package}"
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == whole:
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{whole}."):
            yield str(node.module).split(".")[2]
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[2] for a in node.names if a.name.startswith(f"{whole}."))
