"""Whether Prefect's server can be reached, and records every task run."""

import os
from pathlib import Path
from typing import Any

from prefect.client.orchestration import get_client
from prefect.settings import get_current_settings

from sweepflow.flows import SETTINGS
from sweepflow.flows.cli.doctor.finding import Finding
from sweepflow.flows.engine.server.background import running_server
from sweepflow.flows.engine.server.embedded import why_unreachable

_RECORDER = "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_"
_NEEDED = {
    name: int(value) for name, value in SETTINGS.items() if name.startswith(_RECORDER) and "SIZE" in name
}
"""A recorder that reads or writes fewer task runs at a time loses some of a large sweep."""


def check_server() -> list[Finding]:
    """Check that the server that flows would use answers, and that it would lose no task runs."""
    settings = get_current_settings()
    if settings.api.url:
        return _check_own(settings.api.url)
    if not settings.server.ephemeral.enabled:
        message = "there is none: PREFECT_API_URL names none, and the embedded one is forbidden"
        return [Finding("server", message, ("prefect config set PREFECT_SERVER_ALLOW_EPHEMERAL_MODE=true",))]
    if background := running_server(Path(settings.home)):
        return [Finding("server", f"{background.address} answers, in the background")]
    recorder = settings.server.services.task_run_recorder.model_dump()
    return [Finding("server", "the embedded one"), *_check_recorder(recorder, is_own=False)]


def _check_own(url: str) -> list[Finding]:
    if reason := why_unreachable():
        use_embedded = (
            "unset PREFECT_API_URL"
            if "PREFECT_API_URL" in os.environ
            else "prefect config unset PREFECT_API_URL"
        )
        return [
            Finding("server", reason, ("prefect server start", f"{use_embedded}  # use the embedded one"))
        ]
    with get_client(sync_client=True) as client:
        server_settings: dict[str, Any] = client.request("GET", "/admin/settings").json()
    recorder = server_settings.get("server", {}).get("services", {}).get("task_run_recorder", {})
    return [Finding("server", f"{url} answers"), *_check_recorder(recorder, is_own=True)]


def _check_recorder(recorder: dict[str, Any], *, is_own: bool) -> list[Finding]:
    """Check that the recorder takes enough task runs at a time; a setting that is not listed passes."""
    too_small = {
        name: recorder[field]
        for name, least in _NEEDED.items()
        if (field := name.removeprefix(_RECORDER).lower()) in recorder and recorder[field] < least
    }
    if not too_small:
        return [Finding("task runs", "Prefect's server keeps up with a large sweep's")]
    settings = ", ".join(f"{name}={value}" for name, value in too_small.items())
    start = " ".join(f"{name}={_NEEDED[name]}" for name in too_small) + " prefect server start"
    fixes = (start,) if is_own else tuple(f"unset {name}" for name in too_small)
    return [Finding("task runs", f"Prefect's server may lose some of a large sweep's: {settings}", fixes)]
