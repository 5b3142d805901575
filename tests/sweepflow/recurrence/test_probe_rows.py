"""The rows that a probe compares on."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sweepflow.archive.folder import SweepFolder
from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import PreparedData, all_training_roles, load_part, load_roles
from sweepflow.data.source import DataSource, Validation
from sweepflow.recurrence.probe_rows import ProbeError, new_rows, old_rows


def write(path: Path, n_rows: int, seed: int) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    table = pd.DataFrame(
        {"count": generator.integers(0, 10**6, n_rows), "size": generator.normal(size=n_rows)}
    )
    table["color"] = generator.choice(["red", "blue"], n_rows)
    table["label"] = generator.choice(["no", "yes"], n_rows)
    table.to_csv(path, index=False)
    return table


def prepared(path: Path, home: Path, **roles: str) -> PreparedData:
    source = DataSource(path=str(path), target="label", **roles)
    return prepare(source, Validation(), home / "data", is_classifier=True)


def test_rows_that_the_champion_has_learned_from_are_left_out_though_their_type_has_changed(
    tmp_path: Path,
) -> None:
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    first, second = write(old, 100, 1), write(new, 100, 2)
    before = prepared(old, tmp_path)
    sweep = SweepFolder(tmp_path, "sweep").create()
    sweep.keep(before)
    second.loc[0, "count"] = np.nan  # so that the whole column has floats
    pd.concat([first, second]).to_csv(new, index=False)
    data = prepared(new, tmp_path)
    found = new_rows(data, sweep.path)

    sizes = {part: set(load_part(before.folder, part)["size"]) for part in ("train", "validation", "test")}
    test = load_part(data.folder, "test")
    expected = [size for size in test["size"] if size not in sizes["train"] | sizes["validation"]]
    assert list(found.features["size"]) == expected
    assert 20 <= len(found) == len(found.target) < len(test) == 40
    assert set(old_rows(sweep.path).features["size"]) == sizes["test"]


def test_too_few_rows_that_are_new_to_it_are_refused(tmp_path: Path) -> None:
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    table = write(old, 100, 1)
    sweep = SweepFolder(tmp_path, "sweep").create()
    sweep.keep(prepared(old, tmp_path))
    table.sample(frac=1, random_state=0).to_csv(new, index=False)
    with pytest.raises(ProbeError, match=r"\d+ of 20 test rows are new to the champion, 20 are needed"):
        new_rows(prepared(new, tmp_path), sweep.path)


def test_rows_that_are_gone_are_named(tmp_path: Path) -> None:
    write(tmp_path / "old.csv", 100, 1)
    with pytest.raises(ProbeError, match="the rows of the champion's sweep 'gone' are gone"):
        new_rows(prepared(tmp_path / "old.csv", tmp_path), tmp_path / "sweeps/gone")


def test_rows_of_a_patient_that_the_champion_has_learned_from_are_left_out(tmp_path: Path) -> None:
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    first = write(old, 100, 1).assign(patient=[f"p{n % 10}" for n in range(100)], w=2)
    first.to_csv(old, index=False)
    before = prepared(old, tmp_path, group="patient", weight="w")
    sweep = SweepFolder(tmp_path, "sweep").create()
    sweep.keep(before)
    # Each patient has come back, and there are others.
    second = write(new, 200, 2).assign(patient=[f"p{n % 20}" for n in range(200)], w=3)
    second.to_csv(new, index=False)
    data = prepared(new, tmp_path, group="patient", weight="w")
    found = new_rows(data, sweep.path)
    known = set(all_training_roles(before).group)
    assert set(load_roles(data, "test").group) & known
    assert len(found.roles.group) == len(found) == len(found.features) >= 20
    assert set(found.roles.group).isdisjoint(known)
    assert set(found.roles.weight) == {3}
    assert set(old_rows(sweep.path).roles.weight) == {2}
