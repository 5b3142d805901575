"""Which server the flows of this process use.

It is the one that PREFECT_API_URL names, in the environment or in Prefect's settings; or else one that runs
in the background on this machine; or else the embedded one, as a process of its own. To start it, Prefect
itself would import its whole server into this process.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sweepflow.flows.engine.server.background import BackgroundServer, prefect_home, running_server
from sweepflow.flows.engine.server.process import ServerProcess

_embedded: ServerProcess | None = None
_background: BackgroundServer | None = None


def start_ahead() -> None:
    """Start the embedded server before Prefect is imported, if it looks as if a flow will use it."""
    global _embedded
    if _embedded is not None or "prefect" in sys.modules or os.environ.get("PREFECT_API_URL"):
        return
    if running_server(prefect_home()) is None:
        _embedded = ServerProcess()
        _embedded.start(is_guess=True)


def has_started_server() -> bool:
    """Whether this process has started a server of its own."""
    return _embedded is not None and _embedded.is_started


def use_server() -> None:
    """Let the flows of this process use a server in the background, or the embedded one, if none is named.

    The embedded one is not started by that, but by the first request. From then on nobody waits for a server
    that is lost, be it this one or another.
    """
    global _embedded, _background
    from prefect import context
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY

    from sweepflow.flows.engine.server.lost import give_up_lost_servers, watch_background, watch_embedded

    give_up_lost_servers()
    settings = context.GLOBAL_SETTINGS_CONTEXT.settings
    url = settings.api.url
    if (url and url not in _own_urls()) or not settings.server.ephemeral.enabled:
        if _embedded is not None:
            _embedded.stop()
        return
    _background = None if has_started_server() else running_server(Path(settings.home))
    if _background is not None:
        watch_background(_background.api_url)
        _set_url(_background.api_url, ui_url=_background.address)
        return
    _embedded = _embedded or ServerProcess()
    watch_embedded(_embedded)
    # It has no UI, and ends with the flow: nobody is there to miss a heartbeat, and Prefect waits for the
    # thread of them, up to a second, when a flow ends.
    _set_url(_embedded.api_url, ui_url="", further={PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None})


def start_server() -> None:
    """Start the embedded server, if the flows of this process use it, and wait until it answers."""
    use_server()
    from prefect.settings import get_current_settings

    settings = get_current_settings()
    if _embedded is not None and settings.api.url == _embedded.api_url:
        _embedded.start(settings.to_environment_variables(exclude_unset=True))
        _embedded.wait_until_ready(settings.server.ephemeral.startup_timeout_seconds)


def background_address() -> str | None:
    """The address of the UI of the server in the background, if the flows of this process use it."""
    from prefect.settings import get_current_settings

    is_used = _background is not None and get_current_settings().api.url == _background.api_url
    return _background.address if _background is not None and is_used else None


def named_url() -> str | None:
    """The URL of the server that PREFECT_API_URL names; None if it names none."""
    from prefect.settings import get_current_settings

    url = get_current_settings().api.url
    return None if url in _own_urls() else url


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


def _own_urls() -> list[str]:
    """The URLs of servers that nobody has named."""
    return [server.api_url for server in (_embedded, _background) if server is not None]


def _set_url(url: str, *, ui_url: str, further: Mapping[Any, Any] = {}) -> None:
    """Let all of Prefect in this process, whatever thread, talk to that server, with further settings."""
    from prefect import context
    from prefect.settings import PREFECT_API_URL, PREFECT_UI_URL

    everywhere = context.GLOBAL_SETTINGS_CONTEXT
    if url != everywhere.settings.api.url:
        own = everywhere.settings.copy_with_update({PREFECT_API_URL: url, PREFECT_UI_URL: ui_url, **further})
        context.GLOBAL_SETTINGS_CONTEXT = context.SettingsContext(profile=everywhere.profile, settings=own)
