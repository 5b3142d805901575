"""Keeps what Dask logs in the flow's process off the terminal, which shows the progress of the sweep."""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def logging_to(path: Path) -> Iterator[None]:
    """Write what Dask logs within this block to the end of this file, and nowhere else."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]  # Dask sets up both
    before = [(logger, logger.handlers, logger.propagate) for logger in loggers]
    with closing(logging.FileHandler(path, encoding="utf-8", delay=True)) as handler:
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
        for logger in loggers:
            logger.handlers, logger.propagate = [handler], False
        try:
            yield
        finally:
            for logger, handlers, propagate in before:
                logger.handlers, logger.propagate = handlers, propagate
