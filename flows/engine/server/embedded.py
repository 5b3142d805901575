"""Which server the flows of this process use.

It is the one that PREFECT_API_URL names, in the environment or in Prefect's settings, or else the embedded
one, as a process of its own. To start it, Prefect itself would import its whole server into this process.
"""

import os
import sys
from typing import TYPE_CHECKING

from sweepflow.flows.engine.server.process import ServerProcess

if TYPE_CHECKING:
    from prefect.settings import Settings

_embedded: ServerProcess | None = None


def start_ahead() -> None:
    """Start the embedded server before Prefect is imported, if it looks as if a flow will use it."""
    global _embedded
    if _embedded is None and "prefect" not in sys.modules and not os.environ.get("PREFECT_API_URL"):
        _embedded = ServerProcess()
        _embedded.start(is_guess=True)


def use_server() -> None:
    """Let the flows of this process use the embedded server, unless another one is named.

    It is not started by that, but by the first request. From then on nobody waits for a server that is lost,
    be it this one or one that PREFECT_API_URL names.
    """
    global _embedded
    from prefect import context
    from prefect.settings import PREFECT_API_URL, PREFECT_UI_URL

    from sweepflow.flows.engine.server.lost import give_up_lost_servers, watch_embedded

    give_up_lost_servers()
    everywhere = context.GLOBAL_SETTINGS_CONTEXT
    if not _is_needed(everywhere.settings):
        if _embedded is not None and everywhere.settings.api.url != _embedded.api_url:
            _embedded.stop()
        return
    _embedded = _embedded or ServerProcess()
    watch_embedded(_embedded)
    # It has no UI.
    own = everywhere.settings.copy_with_update({PREFECT_API_URL: _embedded.api_url, PREFECT_UI_URL: ""})
    context.GLOBAL_SETTINGS_CONTEXT = context.SettingsContext(profile=everywhere.profile, settings=own)


def start_server() -> None:
    """Start the embedded server, if the flows of this process use it, and wait until it answers."""
    use_server()
    from prefect.settings import get_current_settings

    settings = get_current_settings()
    if _embedded is not None and settings.api.url == _embedded.api_url:
        _embedded.start(settings.to_environment_variables(exclude_unset=True))
        _embedded.wait_until_ready(settings.server.ephemeral.startup_timeout_seconds)


def named_url() -> str | None:
    """The URL of the server that PREFECT_API_URL names; None if it names none."""
    from prefect.settings import get_current_settings

    url = get_current_settings().api.url
    return None if _embedded is not None and url == _embedded.api_url else url


def why_unreachable() -> str | None:
    """Why the server that PREFECT_API_URL names does not answer; None if it does, or none is named."""
    from prefect.client.orchestration import get_client

    url = named_url()
    if not url:
        return None
    with get_client(sync_client=True) as client:
        error = client.api_healthcheck()
    reason = str(error) or type(error).__name__
    return (
        None if error is None else f"Prefect's server at {url} (PREFECT_API_URL) cannot be reached: {reason}"
    )


def _is_needed(settings: "Settings") -> bool:
    return not settings.api.url and bool(settings.server.ephemeral.enabled)
