"""The tables of the page on odd tables, cell by cell."""

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from pages import ROOT
from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import load_part
from sweepflow.data.source import DataSource, Validation
from sweepflow.errors import DataError

PAGE = (ROOT / "docs/how-to/odd-tables.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (`.*`) \| (?:`(.*)` )?\| (.*) \|$", PAGE, re.MULTILINE)
N_TIMES = 40
REFUSED = "may separate decimals or thousands|holds no numbers|outside of the years|is infinite|is too large"


def learned(value: object) -> str:
    """A value as the page shows it."""
    if pd.isna(value):
        return "missing"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return f"`{value}`" if isinstance(value, str) else f"{value:g}"


def test_every_row_of_the_page_is_tried() -> None:
    assert len(ROWS) == len(re.findall(r"^\| `", PAGE, re.MULTILINE)) > 20


@pytest.mark.parametrize(("cells", "fields", "shown"), ROWS, ids=lambda part: part.strip("` ") or "-")
def test_cells_are_learned_as_the_page_says(cells: str, fields: str, shown: str, tmp_path: Path) -> None:
    written = re.findall("`([^`]*)`", cells)
    # Row by row, so that a value can be told from its place: the number of the row is a feature too.
    rows = pd.DataFrame({"x": written * N_TIMES}).assign(n=lambda table: table.index)
    rows["y"] = ["a", "b"] * (len(rows) // 2)
    rows.to_csv(tmp_path / "t.csv", index=False)
    said = yaml.safe_load(f"{{{fields}}}") if fields else {}
    source = DataSource.parse({"path": str(tmp_path / "t.csv"), "target": "y", **said})
    if shown.startswith(("asked", "refused")):
        with pytest.raises(DataError, match=REFUSED):
            prepare(source, Validation(), tmp_path / "cache", is_classifier=True)
        return
    data = prepare(source, Validation(), tmp_path / "cache", is_classifier=True)
    parts = pd.concat([load_part(data.folder, part) for part in ("train", "validation", "test")])
    found = parts.sort_values("n")["x"].head(len(written))
    assert ", ".join(map(learned, found)) == shown
