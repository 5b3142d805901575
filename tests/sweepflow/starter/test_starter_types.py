"""What `sweepflow init` writes for a column of any type is a spec whose data can be prepared."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from column_types import ACCEPTED, CSV, REFUSED, WRITERS, write_csv
from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import PreparedData
from sweepflow.data.source import DataSource, Validation
from sweepflow.errors import DataError
from sweepflow.reading.source_files import open_source
from sweepflow.reading.table import read_table
from sweepflow.starter import choose, facts_of, spec_text


def started(path: Path, target: str = "row") -> tuple[dict[str, Any], PreparedData]:
    """The spec that is written for the table, and its data as `run` prepares it."""
    with open_source(str(path)) as files:
        facts = facts_of(read_table(files), target)
    choice = choose(facts)
    spec = YAML(typ="safe").load(spec_text("a", str(path), facts, choice))
    split = Validation(**spec["validation"])
    data = prepare(
        DataSource(**spec["data"]), split, path.parent / "cache", is_classifier=choice.is_classification
    )
    return spec["data"], data


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_table_with_a_column_of_any_type_can_be_started_with(tmp_path: Path, name: str) -> None:
    started(WRITERS["arrow"](ACCEPTED[name], tmp_path))


@pytest.mark.parametrize("name", REFUSED)
def test_a_column_that_cannot_be_learned_from_is_left_out_with_the_reason(tmp_path: Path, name: str) -> None:
    fields, data = started(WRITERS["arrow"](REFUSED[name], tmp_path))
    assert fields["drop"] == ["c"]
    assert data.numeric == ("x",)


@pytest.mark.parametrize("name", CSV)
def test_a_table_with_any_form_of_text_can_be_started_with(tmp_path: Path, name: str) -> None:
    started(write_csv(CSV[name], tmp_path))


@pytest.mark.parametrize("name", [*ACCEPTED, *REFUSED])
def test_a_target_of_any_type_is_taken_or_refused_by_name(tmp_path: Path, name: str) -> None:
    path = WRITERS["arrow"]({**ACCEPTED, **REFUSED}[name], tmp_path)
    try:
        started(path, "c")
    except DataError as error:
        if error.path != "--target" or "'c'" not in error.message:
            raise
