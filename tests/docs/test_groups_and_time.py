"""The page on groups, time and weights: its tables are made, its specs run, its figures found again."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pages import ROOT, blocks
from sweepflow.data.prepared import PreparedData, features_and_target, load_part, load_roles
from sweepflow.data.roles import RoleColumns
from sweepflow.metrics.scoreboard import Scoreboard
from sweepflow.running.preflight import prepare_data
from sweepflow.space.combinations import combinations
from sweepflow.spec.spec import Spec
from sweepflow.trials.parameters import Parameters

PAGE = ROOT / "docs/how-to/groups-and-time.md"
FILES = {block.file: block.text for block in blocks(PAGE) if block.file}
FIGURES = re.compile(r"^\| `(.+)` \| (\d+) \| (-?[\d.]+) \| (-?[\d.]+) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the scripts of the page have written their tables."""
    folder = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, text in FILES.items():
            if name.endswith(".py"):
                exec(compile(text, name, "exec"), {})
    return folder


def swept(name: str, said: dict[str, Any], folder: Path, home: Path) -> tuple[Parameters, float, float]:
    """The winner with these fields of `data`, its test, and its test where the spec is as on the page."""
    asked, fields = spec_of(name, folder), fields_of(name, folder)
    fields["data"] = {"path": fields["data"]["path"], "target": fields["data"]["target"], **said}
    spec = Spec.checked(fields, is_trusted=True)
    data = needed(prepare_data(spec, home))
    values: list[tuple[float, Parameters]] = []
    for drawn in combinations(spec.search_space):
        trial = spec.job(drawn, data)
        spec.trial.train(trial, lambda told, drawn=drawn: values.append((float(told["r2"]), drawn)))
    best = max(values, key=lambda pair: pair[0])[1]
    return best, judged(spec, best, spec, home), judged(spec, best, asked, home)


def judged(spec: Spec, parameters: Parameters, test: Spec, home: Path) -> float:
    """The winner of a spec, learned as that spec has it, on the test rows of another one."""
    data = needed(prepare_data(test, home))
    learned = data if spec.data and spec.data.weight else data.model_copy(update={"roles": RoleColumns()})
    model = spec.trial.refit(spec.job(parameters, learned), 1)
    rows = features_and_target(load_part(data.folder, "test"), data)
    return Scoreboard(model, *rows, data, load_roles(data, "test")).value("r2")


def spec_of(name: str, folder: Path) -> Spec:
    return Spec.checked(fields_of(name, folder), is_trusted=True)


def fields_of(name: str, folder: Path) -> dict[str, Any]:
    fields: dict[str, Any] = yaml.safe_load(FILES[name])
    fields["data"]["path"] = str(folder / fields["data"]["path"])
    return fields


def needed(data: PreparedData | None) -> PreparedData:
    assert data is not None
    return data


@pytest.mark.parametrize("name", ["voices.yml", "sales.yml", "survey.yml"])
def test_ignoring_a_role_has_the_wrong_winner_and_the_page_says_so(
    name: str, folder: Path, tmp_path: Path
) -> None:
    page = PAGE.read_text(encoding="utf-8")
    (shown,) = re.findall(rf"^\| `{name}` .*\n.*\n((?:\|.*\n)+)", page, re.MULTILINE)
    rows = FIGURES.findall(shown)
    assert len(rows) == 2
    found = []
    for said, *_ in rows:
        best, claimed, true = swept(name, yaml.safe_load(f"{{{said}}}"), folder, tmp_path)
        (parameter,) = best.values()
        found.append([str(parameter), f"{claimed:.2f}", f"{true:.2f}"])
    assert found == [figures for _, *figures in rows]
    (ignoring, claimed, wrong), (heeding, _, right) = ([float(text) for text in row] for row in found)
    assert ignoring < heeding
    assert claimed - wrong > 0.2
    assert right - wrong > 0.2
