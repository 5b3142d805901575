"""The `sweepflow` command, also as `python -m sweepflow`."""

from sweepflow.flows.__main__ import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
