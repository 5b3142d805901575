"""`python -m sweepflow` is the `sweepflow` command, which lies outside of this package."""

from importlib.metadata import entry_points

if __name__ == "__main__":
    (command,) = entry_points(group="console_scripts", name="sweepflow")
    command.load()()
