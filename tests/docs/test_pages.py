"""What can be known of the documentation without running it."""

import re
from pathlib import Path
from typing import get_args

import pytest
import yaml
from pydantic import BaseModel, TypeAdapter

from docs import generate, pictures
from pages import PAGES, ROOT, blocks
from sweepflow import plot
from sweepflow.spec.spec import Spec
from sweepflow.sweep_job import translate
from sweepflow.termination import EarlyTermination
from toy_chart import with_lengths  # noqa: F401  a fixture

POLICIES = get_args(get_args(EarlyTermination)[0])
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def test_the_reference_of_the_spec_is_what_the_models_say() -> None:
    assert generate.PATH.read_text() == generate.reference(), "run `make docs`"


def test_the_reference_of_the_spec_has_every_field_of_every_model() -> None:
    shown = generate.PATH.read_text()
    models = [Spec, *(found for found in SUBMODELS if found.__name__ in Spec.model_json_schema()["$defs"])]
    assert len(models) > 20
    for model in models:
        for name, field in model.model_fields.items():
            assert f"\n| `{field.alias or name}` | " in shown, f"{model.__name__}.{name}"
            told = (field.description or "").replace("|", "\\|")
            assert f"{told} |" in shown, f"{model.__name__}.{name}"


def test_the_table_of_charts_is_what_the_charts_say() -> None:
    page = generate.CHARTS_PATH.read_text()
    assert page == generate.with_charts(page), "run `make docs`"
    for chart in plot.CHARTS:
        assert f"\n| `{chart.name}(sweep" in page


@pytest.mark.usefixtures("with_lengths")
def test_a_chart_that_is_added_to_the_list_is_in_the_table_and_the_page_goes_on_after_it() -> None:
    page = generate.with_charts(f"{generate.CHARTS_PATH.read_text()}\nThe end.\n")
    assert page.endswith("\n| `lengths(sweep)` | How many seconds each trial took |\n\nThe end.\n")


def _submodels(model: type[BaseModel]) -> list[type[BaseModel]]:
    return [found for child in model.__subclasses__() for found in (child, *_submodels(child))]


SUBMODELS = _submodels(BaseModel)


@pytest.mark.parametrize("name", pictures.POLICIES)
def test_the_pictures_show_what_the_policies_do(name: str) -> None:
    path = pictures.FOLDER / f"{name}.svg"
    assert path.read_text() == pictures.picture(pictures.POLICIES[name]), "run `make docs`"
    assert f"(pictures/{name}.svg)" in (ROOT / "docs/policies.md").read_text()


def test_a_picture_s_bandit_stops_who_is_outside_its_slack_and_nobody_else() -> None:
    # At interval 1 the trials report 0.54, 0.22, 0.50, 0.40, 0.44, 0.35, 0.38, 0.30: the bound is 0.39.
    policy = TypeAdapter(EarlyTermination).validate_python(pictures.POLICIES["bandit"])
    found = pictures.outcome(policy)
    assert [number for number, end in enumerate(found.stopped) if end == 1] == [1, 5, 6, 7]
    assert found.bounds[1] == pytest.approx(0.39)


@each_page
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if target.startswith(("http://", "https://")):
            continue
        name, _, heading = target.partition("#")
        found = (page.parent / name).resolve() if name else page
        assert found.exists(), target
        if heading:
            assert heading in _anchors(found), target


def _anchors(page: Path) -> list[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


@each_page
def test_every_file_of_the_repository_that_a_page_names_is_there(page: Path) -> None:
    folders = "benchmarks|deployments|docs|examples|flows|sweepflow|tasks|tests"
    for name in re.findall(rf"`((?:{folders})/[\w./-]*)(?::\w+)?`", page.read_text()):
        assert (ROOT / name).exists(), name


@each_page
def test_every_target_of_make_that_a_page_names_is_one(page: Path) -> None:
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for target in re.findall(r"`make ([\w-]+)`", page.read_text()):
        assert target in targets


@each_page
def test_every_block_of_a_page_can_be_read(page: Path) -> None:
    for block in blocks(page):
        if block.language == "python":
            compile(block.text, str(page), "exec")
        if block.language == "yaml":
            assert yaml.safe_load(block.text)


def test_every_policy_on_the_page_of_the_policies_is_one() -> None:
    page = [
        yaml.safe_load(block.text) for block in blocks(ROOT / "docs/policies.md") if block.language == "yaml"
    ]
    policies = [each for found in page for each in (found if isinstance(found, list) else found.values())]
    shown = {type(TypeAdapter(EarlyTermination).validate_python(fields)) for fields in policies}
    assert shown == {*POLICIES}


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.__name__)
def test_every_policy_has_a_section_with_a_spec_to_copy_and_a_picture_of_what_it_does(
    policy: type[BaseModel],
) -> None:
    name = policy.model_fields["type"].default
    page = (ROOT / "docs/policies.md").read_text()
    section = re.search(rf"^## {name}$(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert section, f"docs/policies.md has no section '{name}'"
    assert f"early_termination: {{type: {name}" in section[1]
    assert re.search(r"!\[.+\]\(pictures/.+\.svg\)", section[1])


def test_what_the_page_on_compositions_shows_is_valid() -> None:
    shown = [
        yaml.safe_load(block.text)
        for block in blocks(ROOT / "docs/how-to/compositions.md")
        if block.language == "yaml"
    ]
    usual = {
        "data": {"path": "table.csv", "target": "y"},
        "limits": {"max_total_trials": 2},
    }
    for fields in shown:
        of_steps = {"trial": {"estimator": "sklearn.svm.SVC", **fields}} if "steps" in fields else fields
        metric = "r2" if "Regressor" in str(of_steps["trial"]["estimator"]) else "accuracy"
        objective = {"primary_metric": metric, "goal": "maximize"}
        Spec.checked(translate({**usual, "objective": objective, **of_steps}, ROOT).fields, is_trusted=False)
    assert len(shown) == 4
