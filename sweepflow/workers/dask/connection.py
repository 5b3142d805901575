"""Connects to a scheduler."""

import queue
import threading
from typing import Any

from distributed import Client

_CONNECT_SECONDS = 15.0


def connected(where: dict[str, Any]) -> Client:
    """A client with these arguments; OSError if there is no scheduler.

    Dask itself waits for ever where somebody takes the connection and says nothing, such as another server.
    """
    found: queue.SimpleQueue[Client | Exception] = queue.SimpleQueue()

    def connect() -> None:
        try:
            found.put(Client(**where, timeout=_CONNECT_SECONDS, name="sweepflow", set_as_default=False))
        except Exception as error:  # noqa: BLE001  raised below
            found.put(error)

    threading.Thread(target=connect, daemon=True).start()
    try:
        client = found.get(timeout=2 * _CONNECT_SECONDS)
    except queue.Empty:
        raise TimeoutError("something is there, and says nothing: is it a Dask scheduler?") from None
    if isinstance(client, Exception):
        raise client
    return client
