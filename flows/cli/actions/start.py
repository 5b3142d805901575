"""What a command that runs a sweep does first of all."""

import logging
import os

from sweepflow.flows.engine.server.embedded import start_ahead


def start_quietly() -> None:
    """Start the server, and keep Prefect's lines from tearing the display.

    To be called before Prefect is imported and sets up its logging. Its server keeps all of those lines.
    """
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    logging.raiseExceptions = False  # or Prefect prints each log record that it could not send
    start_ahead()
