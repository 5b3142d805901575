"""`python -m flows` is the `sweepflow` command."""

from flows.cli import main

if __name__ == "__main__":
    main()
