"""Detects that the Prefect server is lost: the flow then fails with one sentence, instead of waiting.

Prefect's client retries every request for a minute, one request after another, so that a flow whose server
has ended would take five minutes to end.
"""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import httpx
from prefect.client.base import PrefectHttpxAsyncClient, PrefectHttpxSyncClient
from prefect.events.clients import PrefectEventsClient
from prefect.settings import get_current_settings

from sweepflow.flows.engine import signals
from sweepflow.flows.engine.interrupts import has_runner
from sweepflow.flows.engine.server.process import ServerLost

_PATIENCE_SECONDS, _INTERRUPTED_PATIENCE_SECONDS = 3.0, 0.5
"""How long a server may not answer, as when it is restarted."""
_LOST_SECONDS = 15.0
"""How long no request is sent to a lost server: a flow that ends sends a dozen."""
_POLL_SECONDS = 0.2


class Embedded(Protocol):
    """The embedded server, which runs in its own process."""

    @property
    def api_url(self) -> str:
        """The URL at which it listens."""

    def why_lost(self) -> str | None:
        """Why it has ended; None while it runs."""


class _Servers:
    """The servers that this process's flows use (as a rule one), and which of them answer requests."""

    def __init__(self) -> None:
        self.embedded: Embedded | None = None
        self.background: str | None = None
        self._have_answered: set[bytes] = set()
        self._away_since: dict[bytes, float] = {}
        self._lost: dict[bytes, tuple[float, str]] = {}

    def answered(self, url: httpx.URL) -> None:
        """Record that the server has answered."""
        self._have_answered.add(url.netloc)
        self._away_since.pop(url.netloc, None)

    def check(self, url: httpx.URL) -> None:
        """Raise ServerLost if the server is lost."""
        if reason := self._reason(url):
            raise ServerLost(reason)

    def failed(self, url: httpx.URL, error: httpx.TransportError) -> bool:
        """Whether to retry a failed request; raises ServerLost once the server has been away too long."""
        self.check(url)
        if url.netloc not in self._have_answered or isinstance(error, httpx.TimeoutException):
            return False
        now = time.monotonic()
        patience = _INTERRUPTED_PATIENCE_SECONDS if signals.received_signal() else _PATIENCE_SECONDS
        if now - self._away_since.setdefault(url.netloc, now) > patience:
            del self._away_since[url.netloc]
            self._lost[url.netloc] = now + _LOST_SECONDS, _message(error)
        self.check(url)
        return True

    def is_lost(self) -> bool:
        """Whether the server in use cannot be sent anything any more."""
        url = _url_in_use()
        if self._is_embedded(url):
            return self._reason(url) is not None
        return url.netloc in self._have_answered and (self._why_lost(url) is not None or _refuses(url))

    def why_lost(self) -> str | None:
        """Why the server in use is lost; None if it is not, as far as is known."""
        return self._reason(_url_in_use())

    def _reason(self, url: httpx.URL) -> str | None:
        if self.embedded is not None and self._is_embedded(url):
            return self.embedded.why_lost()
        return self._why_lost(url)

    def _is_embedded(self, url: httpx.URL) -> bool:
        return self.embedded is not None and str(url).startswith(self.embedded.api_url)

    def _why_lost(self, url: httpx.URL) -> str | None:
        until, reason = self._lost.get(url.netloc, (0.0, ""))
        return reason if time.monotonic() < until else None


_servers = _Servers()


def watch_embedded(server: Embedded) -> None:
    """Record that the flows of this process use that server."""
    _servers.embedded = server


def watch_background(api_url: str) -> None:
    """Record that the flows of this process use a server that nobody has named."""
    _servers.background = api_url


def why_lost() -> str | None:
    """Why the server of this process's flows is lost; None if it is not, as far as is known."""
    return _servers.why_lost()


def give_up_lost_servers() -> None:
    """Make Prefect's clients raise ServerLost where they would go on retrying.

    Does nothing in a process that a Prefect runner has started: the runner looks after its flow runs.
    """
    if has_runner() or getattr(PrefectHttpxSyncClient, "_gives_up", False):
        return
    PrefectHttpxSyncClient._gives_up = True  # type: ignore[attr-defined]
    own, own_async = PrefectHttpxSyncClient._send_with_retry, PrefectHttpxAsyncClient._send_with_retry
    PrefectHttpxSyncClient._send_with_retry = _giving_up(own)  # type: ignore[method-assign]
    PrefectHttpxAsyncClient._send_with_retry = _giving_up_async(own_async)  # type: ignore[method-assign,assignment]
    PrefectEventsClient._reconnect = _giving_up_events(PrefectEventsClient._reconnect)  # type: ignore[method-assign,assignment]
    signals.skip_final_wait_when(_servers.is_lost)


def _giving_up(send_with_retry: Callable[..., httpx.Response]) -> Callable[..., httpx.Response]:
    def wrapped(
        self: Any, request: httpx.Request, send: Callable[..., httpx.Response], **how: Any
    ) -> httpx.Response:
        def send_or_give_up(request: httpx.Request, *arguments: Any, **options: Any) -> httpx.Response:
            _servers.check(request.url)
            while True:
                try:
                    response = send(request, *arguments, **options)
                except httpx.TransportError as error:
                    if not _servers.failed(request.url, error):
                        raise
                    time.sleep(_POLL_SECONDS)
                else:
                    _servers.answered(request.url)
                    return response

        return send_with_retry(self, request, send_or_give_up, **how)

    return wrapped


def _giving_up_async(
    send_with_retry: Callable[..., Awaitable[httpx.Response]],
) -> Callable[..., Awaitable[httpx.Response]]:
    async def wrapped(
        self: Any, request: httpx.Request, send: Callable[..., Awaitable[httpx.Response]], **how: Any
    ) -> httpx.Response:
        async def send_or_give_up(request: httpx.Request, *arguments: Any, **options: Any) -> httpx.Response:
            _servers.check(request.url)
            while True:
                try:
                    response = await send(request, *arguments, **options)
                except httpx.TransportError as error:
                    if not _servers.failed(request.url, error):
                        raise
                    await asyncio.sleep(_POLL_SECONDS)
                else:
                    _servers.answered(request.url)
                    return response

        return await send_with_retry(self, request, send_or_give_up, **how)

    return wrapped


def _giving_up_events(reconnect: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
    async def wrapped(self: Any) -> None:
        if reason := why_lost():  # Prefect would try ten times for each event, while the process ends
            raise ServerLost(reason)
        await reconnect(self)

    return wrapped


def _message(error: httpx.TransportError) -> str:
    url = get_current_settings().api.url
    reason = str(error) or type(error).__name__
    named = "" if url == _servers.background else " (PREFECT_API_URL)"
    return f"Prefect's server at {url}{named} does not answer any more: {reason}"


def _url_in_use() -> httpx.URL:
    return httpx.URL(get_current_settings().api.url or "")


def _refuses(url: httpx.URL) -> bool:
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        socket.create_connection((url.host, port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False
