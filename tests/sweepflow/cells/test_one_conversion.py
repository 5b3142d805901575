"""What a model learns is what it is given: the prepared rows, and the file as pandas reads it, are the same.

Every type of Arrow and every form of text is either accepted, and then held to that, or refused by name.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from column_types import ACCEPTED, CSV, REFUSED, WRITERS, forms_of, write_csv
from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import PreparedData, features_and_target, load_part
from sweepflow.data.source import DataSource, Validation
from sweepflow.errors import DataError
from sweepflow.models.model_file import load_model, save_model
from sweepflow.training.preprocessor import unfitted

NOT_IN_PYTHON = {"Type_INTERVAL_MONTHS", "Type_INTERVAL_DAY_TIME"}  # pyarrow cannot make one


READERS = {".parquet": pd.read_parquet, ".arrow": pd.read_feather, ".csv": pd.read_csv}


def prepared(path: Path, **options: Any) -> PreparedData:
    source = DataSource(path=str(path), target="row", **options)
    return prepare(source, Validation(), path.parent / "cache", is_classifier=False)


def whole(data: PreparedData) -> pd.DataFrame:
    """All prepared rows, in the order of the file."""
    parts = [load_part(data.folder, part) for part in ("train", "validation", "test")]
    return pd.concat(parts).sort_values("row", ignore_index=True)


def assert_both_sides_agree(path: Path, **options: Any) -> PreparedData:
    """The prepared rows give the same features as the file that pandas has read, through a model file too."""
    data = prepared(path, **options)
    learned, _ = features_and_target(whole(data), data)
    train = load_part(data.folder, "train")
    preprocess = unfitted(data, {}).fit(*features_and_target(train, data))
    raw = READERS[path.suffix](path)
    np.testing.assert_allclose(preprocess.transform(raw), preprocess.transform(learned), rtol=1e-12)
    save_model(preprocess, path.parent / "model.skops")
    again = load_model(path.parent / "model.skops")
    np.testing.assert_array_equal(again.transform(raw), preprocess.transform(raw))
    return data


@pytest.mark.parametrize(("name", "form"), forms_of(ACCEPTED))
def test_every_type_is_given_as_it_was_learned(tmp_path: Path, name: str, form: str) -> None:
    assert_both_sides_agree(WRITERS[form](ACCEPTED[name], tmp_path))


@pytest.mark.parametrize(("name", "form"), forms_of(REFUSED))
def test_every_other_type_is_refused_by_name_unless_dropped(tmp_path: Path, name: str, form: str) -> None:
    path = WRITERS[form](REFUSED[name], tmp_path)
    with pytest.raises(DataError, match=r"^data\.drop: .*: column 'c' .*\d+ rows.*drop it$"):
        prepared(path)
    assert prepared(path, drop=("c",)).numeric == ("x",)


def test_no_type_of_arrow_is_forgotten() -> None:
    known = {value.type.id for value in (*ACCEPTED.values(), *REFUSED.values())}
    there_are = {name: getattr(pa.lib, name) for name in dir(pa.lib) if name.startswith("Type_")}
    assert {name for name, id in there_are.items() if id not in known} == NOT_IN_PYTHON


@pytest.mark.parametrize("name", CSV)
@pytest.mark.parametrize("beside", ["", ",0.5,0\n"], ids=["alone", "beside a gap"])
def test_a_row_means_the_same_in_a_file_of_its_own(tmp_path: Path, name: str, beside: str) -> None:
    path = write_csv(CSV[name], tmp_path)
    data = prepared(path)
    rows = whole(data)
    preprocess = unfitted(data, {}).fit(*features_and_target(rows, data))
    alone = tmp_path / "row.csv"
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    for row in range(len(CSV[name])):
        alone.write_text(f"{header}\n{lines[row]}\n{beside}", encoding="utf-8")
        found = preprocess.transform(pd.read_csv(alone))[:1]
        np.testing.assert_allclose(found, preprocess.transform(rows[row : row + 1]), rtol=1e-12)


@pytest.mark.parametrize("name", CSV)
def test_every_form_of_text_is_given_as_it_was_learned(tmp_path: Path, name: str) -> None:
    assert_both_sides_agree(write_csv(CSV[name], tmp_path))


DECLARED = {
    "times": ["06:00", "14:00", "22:00"],
    "durations": ["1 days", "2 days"],
    "leading zeros": ["01234", "00012", "1234"],
    "leading zeros with gaps": ["01234", "00012", ""],
    "numbers": ["1", "2.0", "3e0"],
    "true": ["true", "false", ""],
}


@pytest.mark.parametrize("name", DECLARED)
def test_a_declared_category_is_given_as_it_was_learned(tmp_path: Path, name: str) -> None:
    data = assert_both_sides_agree(write_csv(DECLARED[name], tmp_path), categories=("c",))
    assert data.categorical == ("c",)
