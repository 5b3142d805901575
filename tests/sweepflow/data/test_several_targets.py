"""Several columns to predict in a spec, and what the prepared data says of them."""

import json

import pytest

from sweepflow.data.prepared import PreparedData
from sweepflow.data.source import DataSource
from sweepflow.errors import SpecError


def source(target, **fields):
    return DataSource.parse({"path": "t.csv", "target": target, **fields})


@pytest.mark.parametrize(
    ("given", "kept"),
    [("y", "y"), (["y"], "y"), (2024, "2024"), ([2024], "2024"), (["a", 2024], ["a", "2024"])],
)
def test_one_column_is_a_name_and_several_are_a_list(given, kept):
    written = json.loads(source(given).model_dump_json())["target"]
    assert written == kept
    assert DataSource.parse({"path": "t.csv", "target": written}) == source(given)
    assert source(given).targets == tuple(kept if isinstance(kept, list) else [kept])


@pytest.mark.parametrize(
    ("target", "fields", "message"),
    [
        ([], {}, "target: must name a column, or several, got an empty list"),
        (["a", "b", "a"], {}, "target: names column 'a' twice: keep one of them"),
        (["a", None], {}, "target.1: must be a string, got None"),
        ([["a"], "b"], {}, "target.0: must be a string"),
        (None, {}, "target: must be a string, got None"),
        (["a", "b"], {"group": "b"}, "column 'b' is group and target: keep one of them"),
        (["a", "b"], {"weight": "a"}, "column 'a' is weight and target: keep one of them"),
    ],
)
def test_what_names_no_columns_is_refused(target, fields, message):
    with pytest.raises(SpecError) as refused:
        source(target, **fields)
    assert message in str(refused.value)


def test_prepared_data_of_one_target_is_read_as_it_was_written(tmp_path):
    fields = {
        **dict.fromkeys(("numeric", "boolean", "categorical", "date", "notices"), ()),
        **{"folder": str(tmp_path), "fingerprint": "f", "target": "y", "labels": None, "n_rows": {}},
        **{"is_classification": False, "positive_label": None, "date_formats": {}},
    }
    data = PreparedData.model_validate(fields)
    assert (data.target, data.targets, data.described_target()) == ("y", ("y",), "column 'y'")
    several = data.model_copy(update={"target": ("a", "b", "c")})
    assert several.described_target("target") == "targets 'a', 'b' and 'c'"
    assert PreparedData.model_validate_json(several.model_dump_json()) == several
