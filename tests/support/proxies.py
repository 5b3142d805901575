"""A server in front of another one: it can go away or stop answering while the other one stays."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit


class Proxy:
    """Forwards what it receives to the server at that address."""

    def __init__(self, address: str) -> None:
        url = urlsplit(address)
        self._target = (str(url.hostname), int(url.port or 80))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self._may_pass = threading.Event()
        self._may_pass.set()
        self._threads: list[threading.Thread] = []
        self._start(self._accept)
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}{url.path}"

    def go_away(self) -> None:
        """Refuse new connections, and close the existing ones."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in list(self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Go away, and release all threads and sockets."""
        self._may_pass.set()
        self.go_away()
        for thread in list(self._threads):
            thread.join()
        for end in self._ends:
            end.close()

    def fall_silent(self) -> None:
        """Accept connections, but answer nothing."""
        self._may_pass.clear()

    def _accept(self) -> None:
        while True:
            try:
                theirs, _ = self._listener.accept()
                ours = socket.create_connection(self._target)
            except OSError:
                return
            self._ends += [theirs, ours]
            for source, target in ((theirs, ours), (ours, theirs)):
                self._start(self._forward, source, target)

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._may_pass.wait()
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def _start(self, target: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()
