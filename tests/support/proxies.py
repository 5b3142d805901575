"""A server that stands before another, and can go away or fall silent while that one stays."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit


class Proxy:
    """Passes on what it is sent to the server of that address."""

    def __init__(self, address: str) -> None:
        found = urlsplit(address)
        self._target = (str(found.hostname), int(found.port or 80))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self._may_pass = threading.Event()
        self._may_pass.set()
        self._threads: list[threading.Thread] = []
        self._start(self._accept)
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}{found.path}"

    def go_away(self) -> None:
        """Refuse new connections, and cut the others."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in list(self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Go away, and give everything back."""
        self._may_pass.set()
        self.go_away()
        for thread in list(self._threads):
            thread.join()
        for end in self._ends:
            end.close()

    def fall_silent(self) -> None:
        """Accept everything, and answer nothing."""
        self._may_pass.clear()

    def _accept(self) -> None:
        while True:
            try:
                theirs, _ = self._listener.accept()
                ours = socket.create_connection(self._target)
            except OSError:
                return
            self._ends += [theirs, ours]
            for one, other in ((theirs, ours), (ours, theirs)):
                self._start(self._pass_on, one, other)

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                self._may_pass.wait()
                other.sendall(data)
        with suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)

    def _start(self, target: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()
