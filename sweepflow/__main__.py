"""The `sweepflow` command, also as `python -m sweepflow`; it lies outside of this package."""

from importlib import import_module
from typing import NoReturn

from sweepflow.importing.safe_path import folder_of, import_own


def main() -> NoReturn:
    """Run the command, whatever lies under the names of its packages elsewhere; ends the process."""
    import_own("flows", folder_of(__file__))
    import_module("sweepflow.flows.__main__").main()
    raise AssertionError("it ends the process")


if __name__ == "__main__":
    main()
