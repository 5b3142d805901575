"""A report that is open in a browser."""

from pathlib import Path

from playwright.sync_api import ConsoleMessage, Page, Request

PATIENCE = 120_000
"""Milliseconds; a loaded machine without a graphics card draws slowly."""


class Opened:
    """A page that was opened from a file, with its errors and requests."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("console", self._record_error)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._record_request)
        page.goto(path.as_uri())

    def chart(self, name: str) -> str:
        """Scroll to the chart of that figure and wait until it is drawn; gives its selector."""
        selector = f".chart[data-figure={name}]"
        self.page.locator(selector).first.scroll_into_view_if_needed()
        self.page.locator(f"{selector}[data-state]").first.wait_for()
        return selector

    def draw_all(self) -> None:
        """Scroll through the page until every chart is drawn, or has failed."""
        for chart in self.page.locator(".chart:not(.is-empty)").all():
            chart.scroll_into_view_if_needed()
            self.page.wait_for_function("chart => chart.dataset.state", arg=chart.element_handle())

    def _record_error(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _record_request(self, request: Request) -> None:
        if not request.url.startswith(("file:", "data:", "blob:")):
            self.requests.append(request.url)
