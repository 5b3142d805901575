"""`python -m flows` is the `sweepflow` command."""

from flows.signals import take_over


def main() -> None:
    """Run the command that the arguments name; a signal is answered while the command is still imported."""
    take_over()
    from flows import cli

    cli.main()


if __name__ == "__main__":
    main()
