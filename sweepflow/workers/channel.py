"""Messages between the sweep and a worker: JSON objects, one a line, over a socket."""

import json
import socket
import time
from contextlib import suppress
from typing import Any

_CHUNK = 1 << 16

Message = dict[str, Any]


class Channel:
    """One end of the line."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._buffer = bytearray()

    def send(self, message: Message) -> None:
        """Send one message; OSError if the other end has gone."""
        self._socket.settimeout(None)
        self._socket.sendall(json.dumps(message).encode() + b"\n")

    def receive(self, deadline: float | None = None) -> Message | None:
        """The next message; None if the other end has gone.

        Raises TimeoutError when `deadline`, a time of time.monotonic(), passes before it has come.
        """
        while (end := self._buffer.find(b"\n")) < 0:
            chunk = self._more(deadline)
            if not chunk:
                return None
            self._buffer += chunk
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        message: Message = json.loads(line)
        return message

    def hang_up(self) -> None:
        """End the line: what has come can still be received, then there is nothing more."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _more(self, deadline: float | None) -> bytes:
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
        try:
            return self._socket.recv(_CHUNK)
        except ConnectionError:
            return b""
