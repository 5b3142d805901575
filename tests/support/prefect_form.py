"""The form of a deployment's custom run, in both versions of Prefect's UI."""

import httpx
from playwright.sync_api import Locator, Page

from serving import Serving, until

VERSIONS = ("v1", "v2")
_BASE = {"v1": "", "v2": "/v2"}
_LABEL = {
    "v1": "//span[contains(@class, 'schema-form-property__label')]",
    "v2": "//label",
}
_PROPERTY = {"v1": "schema-form-property", "v2": "group"}
_TABS = {"v1": ".p-button-group", "v2": "[role=tablist]"}


class Form:
    """A page with the form, whose parameters are found by their titles."""

    def __init__(self, page: Page, served: Serving, version: str, deployment: str = "tune/manual") -> None:
        self.page, self._version = page, version
        path = f"/deployments/deployment/{served.deployment(deployment)['id']}/run"
        page.goto(f"{served.address}{_BASE[version]}{path}", timeout=120_000)
        self.part("Search space").wait_for(timeout=120_000)

    def part(self, *titles: str) -> Locator:
        """A parameter, or a field within one: its label, description and inputs."""
        locator = self.page.locator("body")
        for title in titles:
            named = f"[normalize-space()='{title}' or normalize-space()='{title} (Optional)']"
            around = f"ancestor::div[contains(concat(' ', @class, ' '), ' {_PROPERTY[self._version]} ')][1]"
            locator = locator.locator(f"xpath=.{_LABEL[self._version]}{named}/{around}").first
        return locator

    def tabs(self, *titles: str) -> list[str]:
        """The labels of the tabs."""
        return [text.strip() for text in self._tabs(*titles).locator("button").all_inner_texts()]

    def choose(self, *titles: str, option: str) -> None:
        """Click a tab."""
        self._tabs(*titles).get_by_text(option, exact=True).click()

    def fill(self, *titles: str, value: str) -> None:
        """Replace the value."""
        self.part(*titles).locator("input, textarea").last.fill(value)

    def submit(self) -> None:
        """Start the flow run, and wait until the form has gone."""
        before = self.page.url
        until(self._is_taken)
        self.page.wait_for_url(lambda url: url != before, timeout=60_000)

    def _is_taken(self) -> bool:
        """Click on Submit; False if the server is too busy, when the page asks people to try again."""
        with self.page.expect_response("**/create_flow_run", timeout=60_000) as answer:
            self.page.get_by_role("button", name="Submit").click()
        return answer.value.status != httpx.codes.SERVICE_UNAVAILABLE

    def _tabs(self, *titles: str) -> Locator:
        return self.part(*titles).locator(_TABS[self._version]).first


def open_flow_run(page: Page, served: Serving, version: str, flow_run_id: str, tab: str = "") -> None:
    """Open the page of a flow run, at one of its tabs."""
    page.goto(f"{served.address}{_BASE[version]}/runs/flow-run/{flow_run_id}", timeout=120_000)
    if tab:
        page.get_by_text(tab, exact=True).first.click(timeout=60_000)


def open_artifact(page: Page, served: Serving, version: str, artifact: dict[str, str]) -> None:
    """Open the page of an artifact."""
    page.goto(f"{served.address}{_BASE[version]}/artifacts/artifact/{artifact['id']}", timeout=120_000)
