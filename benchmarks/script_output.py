"""What the scripts that measure have in common: their options --quick and --json, and what they print."""

import argparse
import json
import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple


class Conditions(NamedTuple):
    """Under which a script measures."""

    versions: dict[str, str]
    load: float
    """Of the machine, before the script adds its own."""

    @property
    def line(self) -> str:
        names = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        return f"{names}; load {self.load:.1f}"


def conditions(*packages: str) -> Conditions:
    """The versions of Python and of these packages, and the load now."""
    versions = {"python": platform.python_version(), **{name: _version(name) for name in packages}}
    return Conditions(versions, os.getloadavg()[0])


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def options_parser(description: str | None, *, quick: str | None = None) -> argparse.ArgumentParser:
    """A parser with --json, and with --quick where the script says what that leaves out."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object in place of lines")
    if quick is not None:
        parser.add_argument("--quick", action="store_true", help=quick)
    return parser


Figures = Mapping[str, tuple[float, float | None]]
"""By their names: each figure, and the most that it may be, or None."""


def print_json(
    under: Conditions,
    figures: Figures | None = None,
    peers: Mapping[str, Mapping[str, float]] | None = None,
    **facts: Any,
) -> None:
    """One line of JSON, which `run.py` reads: `peers` has a figure's name, and what stands beside it."""
    compared = {} if figures is None else {"figures": figures, "peers": peers or {}}
    print(json.dumps({**under._asdict(), **facts, **compared}))
