"""The server that flows of this process use: Prefect's embedded one, unless they are told of another."""

from prefect.settings import get_current_settings

from flows.lost_server import give_up_lost_servers


def start_embedded_server() -> None:
    """Start the embedded server, if flows of this process will use it."""
    guard_embedded_server()
    if _is_used():
        from prefect.server.api.server import SubprocessASGIServer

        SubprocessASGIServer().start()


def guard_embedded_server() -> None:
    """Let the server that Prefect may start, by its settings now, be a guarded one; a running one stays.

    Neither it nor one that is named is waited for once it is lost.
    """
    give_up_lost_servers()
    if _is_used():  # its module imports all of the server, which takes a second or more
        from flows.guarded_server import GuardedServer

        GuardedServer()  # keeps itself where Prefect looks for its server


def _is_used() -> bool:
    settings = get_current_settings()
    return not settings.api.url and settings.server.ephemeral.enabled
