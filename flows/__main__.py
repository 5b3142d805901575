"""`python -m sweepflow.flows` is the `sweepflow` command."""

from sweepflow.flows.engine.signals import install_handlers


def main() -> None:
    """Run the command that the arguments name; signals are handled before it is imported."""
    install_handlers()
    from sweepflow.flows.cli import app

    app.main()


if __name__ == "__main__":
    main()
