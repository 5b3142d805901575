"""Sweepflow in Prefect's UI, in a real browser: the form, the live view, and what has become of a sweep."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from ledgers import ledger_of
from prefect_form import VERSIONS, Form, open_artifact, open_flow_run
from serving import Serving, until
from sweepflow.flows.cli.actions.serve import example_spec
from sweepflow.ledger.ledger import SweepRow
from sweepflow.spec.file import read_spec
from sweepflow.spec.spec import Spec

pytestmark = pytest.mark.ui
SCREENSHOTS = Path(os.environ.get("SCREENSHOTS", "screenshots"))


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page that is kept as a picture at the end of its test."""
    page = chromium.new_page(viewport={"width": 1300, "height": 1000})
    yield page
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{re.sub(r'[^a-z0-9]+', '-', request.node.name)}.png", full_page=True)
    page.close()


def latest(served: Serving) -> str:
    """The flow run that was started last."""
    runs = served.post(
        "/flow_runs/filter", sort="EXPECTED_START_TIME_DESC", deployments={"name": {"any_": ["manual"]}}
    )
    return str(runs[0]["id"])


def started_by(form: Form, served: Serving) -> str:
    """The flow run that submitting the form starts."""
    before = latest(served) if served.flow_runs("tune/manual") else None
    form.submit()
    return str(until(lambda: (found := latest(served)) != before and found))


def recorded(served: Serving, sweep_id: str) -> SweepRow:
    with ledger_of(served.home) as ledger:
        sweep = ledger.sweep(sweep_id)
    assert sweep is not None
    return sweep


def test_every_parameter_has_a_title_a_description_and_a_default(served: Serving) -> None:
    deployment = served.deployment("tune/manual")
    schema = deployment["parameter_openapi_schema"]
    assert schema["properties"].keys() == Spec.model_fields.keys()
    for name, shown in schema["properties"].items():
        title = shown.get("title") or schema["definitions"][shown["$ref"].rsplit("/", 1)[1]]["title"]
        assert title[0].isupper(), name
        assert len(shown["description"]) > 10, name
        assert "default" in shown or name in deployment["parameters"], name


def members(shown: dict[str, Any], definitions: dict[str, Any]) -> list[str]:
    """The titles of what a field may be, as its schema has them."""
    if "anyOf" in shown:
        return [title for each in shown["anyOf"] for title in members(each, definitions)]
    if "$ref" in shown:
        return [definitions[shown["$ref"].rpartition("/")[2]]["title"]]
    return ["None"]


def test_kinds_are_tabs_those_with_the_fewest_fields_first(page: Page, served: Serving, version: str) -> None:
    form, schema = Form(page, served, version), Spec.model_json_schema()
    for name in ("trial", "sampling_algorithm", "early_termination", "compute"):
        shown = schema["properties"][name]
        assert form.tabs(name.replace("_", " ").capitalize()) == members(shown, schema["$defs"])
    tabs = form.tabs("Early termination")
    assert tabs.index("median_stopping") < tabs.index("bandit")
    assert tabs[-1] == "None"


def test_the_example_runs_unchanged_from_the_form(page: Page, served: Serving) -> None:
    flow_run = started_by(Form(page, served, "v2"), served)
    until(lambda: "learning-curves" in served.artifacts(flow_run))
    open_flow_run(page, served, "v2", flow_run, tab="Task Runs")
    page.get_by_placeholder("Search by run name").fill("trial-0000")  # a page has the newest 20 alone
    expect(page.get_by_text("trial-0000").first).to_be_visible(timeout=60_000)
    assert served.ended(flow_run)["state_name"] == "Completed"
    spec, example = recorded(served, flow_run).spec, Spec.parse(read_spec(example_spec()))
    assert Spec.model_validate(spec) == example.settled(0, cores=2)
    for each in VERSIONS:
        open_artifact(page, served, each, served.artifacts(flow_run)["summary"])
        expect(page.get_by_role("heading", name="Best parameters: trial")).to_be_visible(timeout=60_000)
        pictures = page.locator("img[src^='data:image/svg']")
        expect(pictures).to_have_count(2)
        sizes = pictures.evaluate_all("images => images.map(image => image.naturalWidth)")
        assert all(size > 500 for size in sizes)
        page.screenshot(path=SCREENSHOTS / f"summary-{each}.png", full_page=True)
    open_artifact(page, served, "v2", served.artifacts(flow_run)["leaderboard"])
    expect(page.get_by_text("learning_rate").first).to_be_visible(timeout=60_000)


def test_bandit_and_a_slack_factor_typed_start_that_sweep(page: Page, served: Serving, version: str) -> None:
    form = Form(page, served, version)
    form.choose("Early termination", option="hyperband")
    form.choose("Early termination", option="bandit")
    form.fill("Early termination", "Delay Evaluation", value="4")
    form.choose("Early termination", "Slack Factor", option="float")
    form.fill("Early termination", "Slack Factor", value="0.25")
    form.fill("Limits", "Max Total Trials", value="3")
    flow_run = started_by(form, served)
    assert served.ended(flow_run)["state_name"] == "Completed"
    spec = recorded(served, flow_run).spec
    policy, limits = Spec.model_validate(spec).early_termination, Spec.model_validate(spec).limits
    assert policy is not None
    assert policy.model_dump(exclude_defaults=True) == {"slack_factor": 0.25, "delay_evaluation": 4}
    assert limits.max_total_trials == 3
    open_flow_run(page, served, version, flow_run)
    expect(page.get_by_text("Completed").first).to_be_visible(timeout=60_000)


def test_a_wrong_value_is_refused_in_our_words_on_the_flow_run(
    page: Page, served: Serving, version: str
) -> None:
    form = Form(page, served, version)
    form.fill("Validation", "Test Size", value="1.5")
    flow_run = started_by(form, served)
    assert served.ended(flow_run)["state_name"] == "Failed"
    open_flow_run(page, served, version, flow_run, tab="Logs")
    expect(page.get_by_text("validation.test_size: must be").first).to_be_visible(timeout=60_000)
