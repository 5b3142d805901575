"""Takes the README's screenshots: runs the served example from the form in Prefect's UI.

make screenshots
"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from prefect_form import Form, open_artifact, open_flow_run
from serving import Serving, serving, until

_SIZE = {"width": 1280, "height": 1000}


def main(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        with serving(Path(scratch)) as served:
            take(browser.new_page(viewport=_SIZE), served, folder)
        browser.close()


def take(page: Page, served: Serving, folder: Path) -> None:
    form = Form(page, served, "v2")
    form.part("Early termination").scroll_into_view_if_needed()
    page.screenshot(path=folder / "form.png")
    form.submit()
    flow_run = until(lambda: running(served))
    served.ended(flow_run)
    open_flow_run(page, served, "v2", flow_run, tab="Artifacts")
    page.get_by_text("learning-curves").first.wait_for()
    page.wait_for_timeout(3000)  # the graph of the task runs is drawn into a canvas
    page.screenshot(path=folder / "flow-run.png")
    open_artifact(page, served, "v2", served.artifacts(flow_run)["summary"])
    page.locator("img[src^='data:image/svg']").nth(1).wait_for()
    page.screenshot(path=folder / "summary.png", full_page=True)


def running(served: Serving) -> str | None:
    run_ids = [run["id"] for run in served.flow_runs("tune/manual") if run["state_type"] != "SCHEDULED"]
    return run_ids[0] if run_ids else None


if __name__ == "__main__":
    main(Path(sys.argv[1]))
