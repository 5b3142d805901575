"""The server that flows of this process use: Prefect's embedded one, unless PREFECT_API_URL names one."""

from prefect.client.orchestration import get_client
from prefect.settings import get_current_settings

from sweepflow.flows.engine.server.lost import give_up_lost_servers


def start_embedded_server() -> None:
    """Start the embedded server, if the flows of this process use it."""
    guard_embedded_server()
    if _is_used():
        from prefect.server.api.server import SubprocessASGIServer

        SubprocessASGIServer().start()


def guard_embedded_server() -> None:
    """Replace the server that Prefect would start by a guarded one; a running server stays.

    From then on nobody waits for a server that is lost, be it this one or one that PREFECT_API_URL names.
    """
    give_up_lost_servers()
    if _is_used():  # only then: importing the server takes a second or more
        from sweepflow.flows.engine.server.guarded import GuardedServer

        GuardedServer()  # registers itself where Prefect looks for its server


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
