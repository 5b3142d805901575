"""The server that flows of this process use: Prefect's embedded one, unless they are told of another."""

from prefect.client.orchestration import get_client
from prefect.settings import get_current_settings

from sweepflow.flows.engine.server.lost import give_up_lost_servers


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
        from sweepflow.flows.engine.server.guarded import GuardedServer

        GuardedServer()  # keeps itself where Prefect looks for its server


def _is_used() -> bool:
    settings = get_current_settings()
    return not settings.api.url and settings.server.ephemeral.enabled


def why_unreachable() -> str | None:
    """Why the server that PREFECT_API_URL names does not answer; None if it does, or none is named."""
    url = get_current_settings().api.url
    if not url:
        return None
    with get_client(sync_client=True) as client:
        error = client.api_healthcheck()
    reason = str(error) or type(error).__name__
    return (
        None if error is None else f"Prefect's server at {url} (PREFECT_API_URL) cannot be reached: {reason}"
    )
