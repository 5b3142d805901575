"""`sweepflow init`, and the sweep that follows it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from commands import ROOT, call
from sweepflow.errors import DataError, SpecError
from sweepflow.flows.cli.actions.init import start_spec
from sweepflow.spec.file import read_spec

N_ROWS = 120


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """The working directory, with a home of its own."""
    monkeypatch.setenv("SWEEPFLOW_HOME", str(tmp_path / "home"))
    if "server" not in request.fixturenames:
        # The other tests do not depend on the estimator, and comparing them takes a second in each.
        monkeypatch.setattr("sweepflow.flows.cli.actions.init.families", lambda _: ())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table() -> pd.DataFrame:
    """Every kind of column, values missing in each, and columns that are of no use."""
    generator = np.random.default_rng(0)
    signal = generator.normal(size=N_ROWS)
    return pd.DataFrame(
        {
            "Kunden-Nr": np.arange(1, N_ROWS + 1),
            "name": [f"person {i}" for i in range(N_ROWS)],
            "Größe": np.where(generator.random(N_ROWS) < 0.1, np.nan, signal),
            "city": generator.choice(["Bonn", "Köln", ""], N_ROWS),
            "is_new": generator.choice(["true", "false", ""], N_ROWS),
            "since": pd.date_range("2024-01-01", periods=N_ROWS).strftime("%d.%m.%Y"),
            "amount": 3 * signal + generator.normal(size=N_ROWS),
            "churned": np.where(signal > 0.3, "yes", "no"),
            "kind": np.select([signal < -0.5, signal < 0.5], ["low", "middle"], "high"),
        }
    )


def start(source: Path, target: str | None, output: str = "spec.yml", **options: Any) -> dict[str, Any]:
    return start_spec(str(source), target, Path(output), **{"overwrites": False, **options})


@pytest.mark.parametrize(
    ("target", "task", "metric", "ending"),
    [
        ("amount", "regression", "r2", "csv"),
        ("amount", "regression", "r2", "semicolon.csv"),
        ("churned", "classification", "roc_auc", "csv"),
        ("churned", "classification", "roc_auc", "parquet"),
        ("kind", "classification", "accuracy", "tsv"),
        ("kind", "classification", "accuracy", "csv.gz"),
    ],
)
def test_it_writes_a_spec_that_run_takes(
    folder: Path, target: str, task: str, metric: str, ending: str
) -> None:
    source = folder / f"table.{ending}"
    rows = table()
    if ending == "parquet":
        rows.to_parquet(source)
    elif ending.startswith("semicolon"):
        rows.to_csv(source, index=False, sep=";", decimal=",")
    else:
        rows.to_csv(source, index=False, sep="\t" if ending == "tsv" else ",")
    found = start(source, target)
    assert (found["task"], found["primary_metric"]) == (task, metric)
    assert list(found["dropped"]) == ["Kunden-Nr", "name"]
    assert found["dates"] == ["since"]
    assert found["positive_label"] == ("yes" if target == "churned" else None)


@pytest.mark.parametrize(
    ("name", "target", "dropped"),
    [
        ("breast_cancer", "diagnosis", ["id"]),
        ("digits", "digit", ["pixel_0", "pixel_32", "pixel_39"]),
        ("diabetes", "progression", []),
    ],
)
def test_the_tables_of_the_repository_can_be_started_from(name: str, target: str, dropped: list[str]) -> None:
    assert list(start(ROOT / "data" / f"{name}.csv", target)["dropped"]) == dropped


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("target", ["churned", "amount"])
def test_the_sweep_runs_right_after(folder: Path, target: str) -> None:
    table().to_csv("table.csv", index=False)
    (folder / "specs").mkdir()
    done = call("init", "table.csv", "--target", target, "--output", "specs/first.yml", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["spec_path"] == str(folder / "specs/first.yml")
    alone = {"gradient boosting", "gradient boosting, small steps", "random forest", "extra trees"}
    assert alone < json.loads(done.stdout)["compared"].keys()
    done = call("run", "specs/first.yml", "--json", "--set", "limits.max_total_trials=3")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["trials"]["completed"] + result["trials"]["terminated"] == 3
    assert Path(result["model_path"]).is_file()


def test_odd_columns_are_read_as_what_they_mean_and_the_fields_are_written() -> None:
    odd = table()[["Kunden-Nr", "name", "city", "churned"]].assign(
        age=[*map(str, range(N_ROWS - 4)), *["?"] * 4],
        price=[f"{n % 9 + 1}.234,50" for n in range(N_ROWS)],
        zip=[f"{n % 7:05}" for n in range(N_ROWS)],
    )
    odd.to_csv("table.tsv", index=False, sep="\t")
    found = start(Path("table.tsv"), "churned")
    assert list(found["dropped"]) == ["Kunden-Nr", "name"]
    data = read_spec(Path("spec.yml"))["data"]
    assert {field: data[field] for field in ("numbers", "categories", "decimal", "thousands")} == {
        "numbers": ["age", "price"],
        "categories": ["zip"],
        "decimal": ",",
        "thousands": ".",
    }
    assert "4 of 120 cells are none and count as missing: '?' (4; first in row 117)" in (
        Path("spec.yml").read_text()
    )


@pytest.mark.parametrize(
    ("cells", "sep", "fields", "told"),
    [
        ("{},234", ",", {"thousands": ","}, "1,234 is more than a thousand; where it is 1.234, say decimal"),
        ("{}.234", ";", {"thousands": "."}, "1.234 is more than a thousand; where it is less, say decimal"),
        ("{},25", ",", {"decimal": ","}, "the decimal sign"),
    ],
)
def test_a_sign_is_written_with_what_it_is_taken_for(
    cells: str, sep: str, fields: dict[str, str], told: str
) -> None:
    rows = pd.DataFrame(
        {"x": [cells.format(n) for n in range(1, N_ROWS + 1)], "y": ["a", "b"] * (N_ROWS // 2)}
    )
    rows.to_csv("table.csv", index=False, sep=sep)
    start(Path("table.csv"), "y")
    data = read_spec(Path("spec.yml"))["data"]
    assert {field: data[field] for field in ("decimal", "thousands") if field in data} == fields
    assert told in Path("spec.yml").read_text()


def test_the_path_is_relative_to_the_spec(folder: Path) -> None:
    table().to_csv("table.csv", index=False)
    (folder / "specs").mkdir()
    start(Path("table.csv"), "kind", "specs/spec.yml")
    assert "path: ../table.csv" in Path("specs/spec.yml").read_text()
    assert read_spec(Path("specs/spec.yml"))["data"]["path"] == str(folder / "table.csv")


def test_a_file_is_replaced_only_if_that_is_asked_for() -> None:
    table().to_csv("table.csv", index=False)
    Path("spec.yml").write_text("mine")
    with pytest.raises(SpecError, match=r"--output: 'spec\.yml' is there already: --overwrite replaces it"):
        start(Path("table.csv"), "kind")
    assert Path("spec.yml").read_text() == "mine"
    start(Path("table.csv"), "kind", overwrites=True)
    assert Path("spec.yml").read_text().startswith("# Tunes")


def test_without_a_target_the_columns_are_told() -> None:
    table().to_csv("table.csv", index=False)
    with pytest.raises(SpecError, match="--target: must name the column to predict: Kunden-Nr, name, Größe"):
        start(Path("table.csv"), None)


def test_a_table_that_cannot_be_split_leaves_no_file() -> None:
    pd.DataFrame({"x": [0.5, 1.5], "y": [0.25, 0.75]}).to_csv("table.csv", index=False)
    with pytest.raises(DataError, match="rows are too few for this split"):
        start(Path("table.csv"), "y")
    assert list(Path.cwd().glob("spec*")) == []


def test_a_folder_that_is_not_there_is_told() -> None:
    table().to_csv("table.csv", index=False)
    with pytest.raises(SpecError, match=r"--output: 'nowhere/spec\.yml' cannot be written: No such file"):
        start(Path("table.csv"), "kind", "nowhere/spec.yml")


def test_a_task_may_be_given_and_the_output_in_short() -> None:
    table().assign(level=[n % 4 for n in range(N_ROWS)]).to_csv("table.csv", index=False)
    done = call("init", "table.csv", "--target", "level", "--task", "regression", "-o", "r.yml", "--json")
    assert (done.returncode, json.loads(done.stdout)["primary_metric"]) == (0, "r2")
    assert Path("r.yml").is_file()
    refused = call("init", "table.csv", "--target", "kind", "--task", "regression", "-o", "k.yml", "--json")
    assert (refused.returncode, json.loads(refused.stdout)["errors"][0]["path"]) == (2, "--task")


def test_the_command_says_what_it_left_out_and_what_to_do_next(folder: Path) -> None:
    table().to_csv("table.csv", index=False)
    done = call("init", "table.csv", "--target", "kind")
    assert done.returncode == 0, done.stderr
    assert "left out: column 'Kunden-Nr' numbers the rows" in done.stdout
    assert done.stdout.endswith("to run it: sweepflow run spec.yml\n")
    again = call("init", "table.csv", "--target", "kind", "--json")
    assert again.returncode == 2
    assert json.loads(again.stdout)["errors"][0]["path"] == "--output"
