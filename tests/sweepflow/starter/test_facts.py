from datetime import datetime

import pyarrow as pa
import pytest

from sweepflow.errors import DataError
from sweepflow.starter import ColumnFacts, facts_of


def column(values: list[object], kind: pa.DataType | None = None) -> ColumnFacts:
    """The facts of a column beside a target."""
    table = pa.table({"x": pa.array(values, kind), "y": list(range(len(values)))})
    (facts,) = facts_of(table, "y").features
    return facts


def test_a_column_is_described_by_its_kind_and_its_different_values() -> None:
    assert column(["a", "b", None, "a"])[1:4] == ("categorical", 3, 2)
    assert column([1.5, None, float("nan"), 1.5])[1:4] == ("numeric", 2, 1)
    assert column([True, None])[1:4] == ("boolean", 1, 1)
    assert column([datetime(2024, 1, 1)])[1:4] == ("date", 1, 1)
    assert column([[1], [2]])[1:4] == (None, 2, 0)
    assert column([None, None], pa.string())[1:4] == ("categorical", 0, 0)


@pytest.mark.parametrize(
    ("values", "is_running"),
    [
        ([0, 1, 2, 3], True),
        ([1, 2, 3, 4], True),
        ([1002, 1000, 1003, 1001], True),
        ([2000, 2001, 2002, 2003], False),  # years, one after the other
        ([0, 1, 2, 4], False),
        ([0, 1, 2, 2], False),
        ([0, 1, 2, None], False),
    ],
)
def test_a_column_that_counts_the_rows_is_known(values: list[object], is_running: bool) -> None:
    assert column(values).is_running == is_running


def test_a_column_that_counts_all_rows_is_known_where_some_have_no_target() -> None:
    table = pa.table({"No": list(range(1, 9)), "y": [1, None, 3, 4, None, 6, 7, 8]})
    (facts,) = facts_of(table, "y").features
    assert facts.is_running


@pytest.mark.parametrize(
    ("values", "is_date_text"),
    [
        (["31.12.2024", "01.01.2025"], True),
        (["Dec 31, 2024", None], True),
        (["2024-12", "2025-01"], True),
        (["20141013T000000", "20141209T000000"], True),
        (["31.12.2024", "tomorrow"], False),
        (["12", "13a"], False),
        (["1.2.3.4", "1.2.3.5"], False),
    ],
)
def test_texts_are_dates_if_all_of_them_are(values: list[object], is_date_text: bool) -> None:
    assert column(values).is_date_text == is_date_text


def test_dates_that_can_be_read_in_two_ways_are_told() -> None:
    assert "fits another order too" in column(["01/02/2024", "03/04/2024"]).notice


def test_rows_without_a_target_do_not_count() -> None:
    facts = facts_of(pa.table({"x": [1, 2, 3], "y": ["a", None, "b"]}), "y")
    assert (facts.n_rows, facts.n_left_out) == (2, 1)
    assert facts.counts == {"a": 1, "b": 1}
    assert facts.features[0].n_known == 2


def test_each_class_needs_three_rows_to_be_in_all_parts() -> None:
    assert facts_of(pa.table({"x": range(30), "y": ["a"] * 27 + ["b"] * 3}), "y").can_stratify
    assert not facts_of(pa.table({"x": range(30), "y": ["a"] * 28 + ["b"] * 2}), "y").can_stratify


def test_a_target_that_is_not_there_or_empty_is_refused() -> None:
    table = pa.table({"price": [1, 2], "nothing": pa.array([None, None], pa.string())})
    with pytest.raises(DataError, match=r"--target: there is no column 'prise': did you mean 'price'\?"):
        facts_of(table, "prise")
    with pytest.raises(DataError, match="column 'nothing' has no values"):
        facts_of(table, "nothing")
