"""What is said of a file that is no spec."""

from pathlib import Path

import pytest

from sweepflow.errors import SpecError
from sweepflow.spec.file import read_spec


@pytest.mark.parametrize("name", ["table.csv", "table.CSV.gz", "my table.parquet", "table.xlsx"])
def test_a_table_is_not_read_as_a_spec(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a,b\n1,2\n")
    with pytest.raises(SpecError, match=r"is a table and no spec: `sweepflow init .* --target COLUMN`"):
        read_spec(tmp_path / name)


@pytest.mark.parametrize(
    ("there", "asked", "meant"),
    [
        ("spec.yml", "spec.yaml", "spec.yml"),
        ("s.yaml", "s.yml", "s.yaml"),
        ("spec.yml", "spce.yml", "spec.yml"),
    ],
)
def test_a_file_that_is_not_there_is_compared_with_those_beside_it(
    tmp_path: Path, there: str, asked: str, meant: str
) -> None:
    (tmp_path / there).write_text("trial: {}")
    with pytest.raises(SpecError, match=rf"there is no file '.*{asked}': did you mean '{meant}'\?"):
        read_spec(tmp_path / asked)


def test_nothing_is_suggested_where_nothing_is_near(tmp_path: Path) -> None:
    (tmp_path / "other.yml").write_text("trial: {}")
    with pytest.raises(SpecError, match=r"there is no file '.*spec\.yml'$"):
        read_spec(tmp_path / "spec.yml")
