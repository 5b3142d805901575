"""Messages between the sweep and a worker: JSON objects, one per line, over a socket."""

import json
import select
import socket
import time
from contextlib import suppress
from typing import Any

_CHUNK = 1 << 16
_LONGEST_WAIT = 3600.0  # seconds; beyond 24 days the system's own call overflows

Message = dict[str, Any]


class Channel:
    """One end of the connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._buffer = bytearray()

    def send(self, message: Message) -> None:
        """Send one message; OSError if the other end is gone."""
        self._socket.settimeout(None)
        self._socket.sendall(json.dumps(message).encode() + b"\n")

    def receive(self, deadline: float | None = None) -> Message | None:
        """The next message; None if the other end is gone.

        Raises TimeoutError if none has come by `deadline`, a time of time.monotonic().
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

    def is_open(self) -> bool:
        """Whether the other end is still there, or has left a message to receive; does not wait."""
        self._socket.setblocking(False)
        try:
            return bool(self._buffer or self._socket.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return True
        except OSError:
            return False

    def has_more(self) -> bool:
        """Whether there is something to receive, or the other end is gone.

        Does not wait; may be asked while another thread receives.
        """
        if self._buffer or (descriptor := self._socket.fileno()) < 0:
            return True
        arrival = select.poll()
        arrival.register(descriptor, select.POLLIN)
        return bool(arrival.poll(0))

    def hang_up(self) -> None:
        """End the connection: what has arrived can still be received, then `receive` gives None."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket; only when no other thread sends or receives any more."""
        self._socket.close()

    def _more(self, deadline: float | None) -> bytes:
        while True:
            self._socket.settimeout(_wait(deadline))
            try:
                return self._socket.recv(_CHUNK)
            except TimeoutError:
                continue  # _wait raises if that was the deadline
            except ConnectionError:
                return b""


def _wait(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return min(left, _LONGEST_WAIT)
