"""Prefect's embedded server, started so that Ctrl-C in the terminal does not reach it.

The terminal sends Ctrl-C to every process of the command. Were the server to end with it, the flow could
not record that it was interrupted, and would try for minutes.
"""

import signal
import threading
from concurrent.futures import Future

from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import get_current_settings


def start_embedded_server() -> None:
    """Start the server that flows of this process will use, unless they are told to use another one."""
    settings = get_current_settings()
    if settings.api.url or not settings.server.ephemeral.enabled:
        return
    started: Future[None] = Future()
    # A thread of its own: the server inherits which signals its thread blocks, and the main thread,
    # waiting, still hears Ctrl-C.
    threading.Thread(target=_start, args=(started,), daemon=True).start()
    started.result()


def _start(started: Future[None]) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        SubprocessASGIServer().start()
    except BaseException as error:  # noqa: BLE001  the waiting thread raises it
        started.set_exception(error)
    else:
        started.set_result(None)
