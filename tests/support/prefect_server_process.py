"""Runs Prefect's server until nobody holds the lock `users` in the folder any more.

A killed process releases its lock too, so the server never outlives the tests.
"""

import fcntl
import socket
import sys
import threading
from pathlib import Path

import uvicorn


def serve(folder: Path) -> None:
    """Serve at a free port, and write the address to the folder."""
    listener = socket.create_server(("127.0.0.1", 0))
    partial = folder / "address.partial"
    partial.write_text(f"http://127.0.0.1:{listener.getsockname()[1]}/api")
    partial.rename(folder / "address")
    server = uvicorn.Server(
        uvicorn.Config(
            "prefect.server.api.server:create_app",
            factory=True,
            log_level="error",
            lifespan="on",
            timeout_graceful_shutdown=5,
        )
    )
    threading.Thread(target=_end_when_unused, args=(server, folder / "users"), daemon=True).start()
    server.run(sockets=[listener])


def _end_when_unused(server: uvicorn.Server, users: Path) -> None:
    with users.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        server.should_exit = True
        threading.Event().wait()  # with the lock: whoever wants a server now waits until this one is gone


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
