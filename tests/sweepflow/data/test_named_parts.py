"""Parts that the user names: by a column, or by a file for each."""

import re

import numpy as np
import pandas as pd
import pytest

from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import load_part
from sweepflow.data.source import DataSource, Validation
from sweepflow.errors import DataError, SpecError
from sweepflow.spec.file import with_paths
from sweepflow.spec.spec import Spec

PARTS = ["train"] * 10 + ["validation"] * 4 + ["test"] * 6


def table(**columns):
    n_rows = len(next(iter(columns.values()), PARTS))
    return pd.DataFrame({"x": np.arange(n_rows), "y": np.arange(n_rows) % 4 / 2, **columns})


@pytest.fixture
def by_column(tmp_path):
    """Prepares a table by its column `part`; gives the data, and the values of `x` by part."""

    def prepare_table(parts, options=None, columns=None, **roles):
        table(part=parts, **(columns or {})).to_csv(tmp_path / "t.csv", index=False)
        source = DataSource(path=str(tmp_path / "t.csv"), target="y", **roles)
        return rows_of(source, Validation(part="part", **(options or {})), tmp_path)

    return prepare_table


def rows_of(source, validation, tmp_path):
    data = prepare(source, validation, tmp_path / "cache", is_classifier=False)
    return data, {part: load_part(data.folder, part)["x"].tolist() for part in data.n_rows}


@pytest.mark.parametrize(
    "words", [("train", "validation", "test"), ("Training", " val ", "HOLDOUT"), ("fit", "dev", "testing")]
)
def test_a_column_may_name_the_parts(by_column, words):
    names = dict(zip(("train", "validation", "test"), words, strict=True))
    data, rows = by_column([names[part] for part in PARTS])
    assert rows == {"train": [*range(10)], "validation": [*range(10, 14)], "test": [*range(14, 20)]}
    assert (data.numeric, data.categorical, data.notices) == (("x",), (), ())


def test_rows_that_name_no_part_are_left_out(by_column):
    data, rows = by_column(["", *PARTS[1:]])
    assert rows["train"] == [*range(1, 10)]
    assert data.notices == ("1 of 20 rows have no 'part' and are left out.",)


@pytest.mark.parametrize("roles", [{}, {"group": "patient"}, {"time": "day"}])
def test_the_validation_rows_that_are_not_named_are_drawn_from_those_that_train(by_column, roles):
    columns = {"patient": np.arange(20) // 2, "day": np.arange(20)}
    _, rows = by_column(
        ["train"] * 14 + ["test"] * 6, columns={name: columns[name] for name in roles.values()}, **roles
    )
    assert rows["test"] == [*range(14, 20)]
    assert sorted(rows["train"] + rows["validation"]) == [*range(14)]
    assert 2 <= len(rows["validation"]) <= 4
    if "group" in roles:
        assert {x // 2 for x in rows["train"]}.isdisjoint(x // 2 for x in rows["validation"])
    if "time" in roles:
        assert max(rows["train"]) < min(rows["validation"])


@pytest.mark.parametrize(
    ("parts", "columns", "roles", "told"),
    [
        (
            ["train"] * 19 + ["secret"],
            {},
            {},
            r"column 'part' must say train, validation or test .* got 'secret'",
        ),
        (["test"] * 20, {}, {}, r"column 'part' names no row to train on, of 20"),
        (
            PARTS,
            {"patient": [0, 1] * 10},
            {"group": "patient"},
            r"puts 4 groups of 'patient' into more than one",
        ),
        (PARTS, {}, {"group": "part"}, r"column 'part' is the group: it cannot name the parts too"),
    ],
)
def test_a_column_that_cannot_name_the_parts_is_told(by_column, parts, columns, roles, told):
    with pytest.raises(DataError, match=rf"validation\.part: .*{told}"):
        by_column(parts, columns=columns, **roles)


def test_named_parts_that_go_backwards_in_time_are_told(by_column):
    data, _ = by_column(PARTS, columns={"day": [*range(10, 20), *range(10)]}, time="day")
    assert data.notices == ("Some validation rows are not later than the train rows, by column 'part'.",)


def test_each_part_may_have_a_file_of_its_own(tmp_path):
    paths = {}
    for part, rows in {"train": range(10), "validation": range(10, 14), "test": range(14, 20)}.items():
        paths[part] = str(tmp_path / f"{part}.csv")
        table().iloc[list(rows)].to_csv(paths[part], index=False)
    source = DataSource(target="y", **paths)
    assert (source.path, source.test) == (paths["train"], paths["test"])
    data, rows = rows_of(source, Validation(), tmp_path)
    assert rows == {"train": [*range(10)], "validation": [*range(10, 14)], "test": [*range(14, 20)]}
    assert (data.numeric, data.categorical, data.notices) == (("x",), (), ())
    swapped = DataSource(target="y", path=paths["train"], validation=paths["test"], test=paths["validation"])
    other, rows = rows_of(swapped, Validation(), tmp_path)
    assert rows["test"] == [*range(10, 14)]
    assert other.fingerprint != data.fingerprint
    _, rows = rows_of(DataSource(target="y", path=paths["train"], test=paths["test"]), Validation(), tmp_path)
    assert [len(each) for each in rows.values()] == [8, 2, 6]


def test_the_files_of_the_parts_have_the_same_columns(tmp_path):
    table().to_csv(tmp_path / "a.csv", index=False)
    table().drop(columns="y").to_csv(tmp_path / "b.csv", index=False)
    source = DataSource(train=str(tmp_path / "a.csv"), test=str(tmp_path / "b.csv"), target="y")
    with pytest.raises(DataError, match=re.escape("one has no column 'y'")):
        rows_of(source, Validation(), tmp_path)


def test_the_paths_of_the_parts_are_relative_to_the_file_of_the_spec():
    fields = {"data": {"train": "a.csv", "validation": "/b.csv", "test": "c.csv"}}
    changed = with_paths(fields, lambda path: f"/specs/{path}")
    assert changed["data"] == {"train": "/specs/a.csv", "validation": "/b.csv", "test": "/specs/c.csv"}


def test_a_column_beside_files_is_refused():
    fields = {
        "data": {"train": "a.csv", "test": "b.csv", "target": "y"},
        "validation": {"part": "part"},
        "trial": {"estimator": "sklearn.linear_model.Ridge"},
        "search_space": {"alpha": {"type": "choice", "values": [1]}},
        "objective": {"primary_metric": "r2", "goal": "maximize"},
        "limits": {"max_total_trials": 1},
    }
    with pytest.raises(SpecError, match=r"validation\.part: must be left out where the parts have files"):
        Spec.checked(fields, is_trusted=True)
    with pytest.raises(SpecError, match="path and train are the same: keep one of them"):
        Spec.checked({**fields, "data": {**fields["data"], "path": "a.csv"}}, is_trusted=True)
