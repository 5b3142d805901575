"""A first spec for a table whose columns of numbers, dates or times hold words too."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sweepflow.data.prepare import prepare
from sweepflow.data.source import DataSource, Validation
from sweepflow.flows.cli.actions.init import start_spec
from sweepflow.spec.file import read_spec

N_ROWS = 60


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The data of the spec for a table with these cells in column `x`, and what is told of it."""
    monkeypatch.setenv("SWEEPFLOW_HOME", str(tmp_path / "home"))
    # What these tests are about does not depend on the estimator, and comparing them takes a second.
    monkeypatch.setattr("sweepflow.flows.cli.actions.init.families", lambda _: ())

    def start(cells: list[str], target: list[str] | None = None) -> tuple[Any, dict[str, Any]]:
        labels = target or ["a", "b"] * (N_ROWS // 2)
        rows = "\n".join(
            f'"{x}",{row % 7},"{y}"' for row, (x, y) in enumerate(zip(cells, labels, strict=True))
        )
        (tmp_path / "t.csv").write_text(f"x,z,y\n{rows}\n", encoding="utf-8")
        told = start_spec(str(tmp_path / "t.csv"), "y", tmp_path / "spec.yml", overwrites=True)
        return read_spec(tmp_path / "spec.yml")["data"], told

    return start


NUMBERS = [f"{row * 1.5 + 0.25}" for row in range(N_ROWS)]


@pytest.mark.parametrize("n_odd", [4, 20])
def test_numbers_among_which_one_word_stands_are_learned_from(started: Any, n_odd: int) -> None:
    data, told = started([*NUMBERS[n_odd:], *["unknown"] * n_odd])
    assert "drop" not in data
    assert data["numbers"] == ["x"]
    assert (
        f"{n_odd} of 60 cells are none and count as missing: 'unknown' ({n_odd}; first" in told["notices"][0]
    )


def test_a_sign_that_is_open_too_is_guessed(started: Any) -> None:
    data, _ = started([*[f"{row},{row + 100}" for row in range(1, 51)], *["unknown"] * 10])
    assert (data["numbers"], data["thousands"]) == (["x"], ",")


def test_a_target_of_numbers_among_which_one_word_stands_is_one_of_numbers(started: Any) -> None:
    data, told = started(NUMBERS, [*NUMBERS[10:], *["unknown"] * 10])
    assert told["task"] == "regression"
    assert data["numbers"] == ["y"]


def test_a_column_of_numbers_and_many_texts_is_left_out_with_both_told(started: Any) -> None:
    data, told = started([*NUMBERS[:48], *[f"PC {row}/7" for row in range(12)]])
    assert data["drop"] == ["x"]
    assert told["dropped"]["x"].endswith(
        "60 different texts in 60 rows; 80% of the cells are numbers: data.numbers learns from these"
    )


DAYS = [f"2024-{1 + row % 12:02}-{1 + row // 3:02}" for row in range(N_ROWS)]
TIMES = [f"{row % 24}:{row:02}" for row in range(N_ROWS)]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (DAYS, "date"),
        ([".".join(reversed(day.split("-"))) for day in DAYS], "date"),
        ([f"{day[8:]}-Mar-2{day[6]}" for day in DAYS], "date"),
        (TIMES, "time"),
    ],
)
@pytest.mark.parametrize("mark", ["?", "--", "unknown"])
def test_dates_and_times_among_which_a_word_stands_are_learned_from(
    started: Any, tmp_path: Path, cells: list[str], kind: str, mark: str
) -> None:
    fields, told = started([*cells[:50], "NA", *cells[51:58], *[mark] * 2])
    assert fields["nulls"] == ["NA", mark]
    assert "drop" not in fields
    assert f"'{mark}' (2)" in told["notices"][0]
    source = DataSource(**{**fields, "path": str(tmp_path / "t.csv")})
    assert getattr(prepare(source, Validation(), tmp_path / "c", is_classifier=True), kind) == ("x",)


def test_a_date_of_zeros_is_missing(started: Any) -> None:
    fields, _ = started([*DAYS[:45], *["0000-00-00"] * 15])
    assert fields["nulls"] == ["0000-00-00"]


def test_a_class_is_not_called_missing_for_the_sake_of_dates(started: Any) -> None:
    fields, _ = started([*DAYS[:57], *["?"] * 3], ["a", "?"] * 30)
    assert "nulls" not in fields


@pytest.mark.parametrize(
    "format",
    [
        *("%d-%b-%Y", "%d %B %Y", "%B %d, %Y", "%d.%m.%y", "%m/%d/%y", "%d-%b-%y", "%m/%d/%Y %I:%M %p"),
        "%d.%m.%Y %H:%M:%S",
    ],
)
def test_dates_are_found_however_they_are_written(started: Any, format: str) -> None:
    days = pd.date_range("2021-02-20 15:30", periods=N_ROWS, freq="9D")
    fields, _ = started(days.strftime(format).tolist())
    assert fields["dates"] == ["x"]


def test_versions_are_no_dates(started: Any) -> None:
    fields, told = started([f"{1 + row % 9}.{1 + row % 12}.{10 + row % 20}" for row in range(N_ROWS)])
    assert "dates" not in fields
    assert not any("dates" in notice for notice in told["notices"])
