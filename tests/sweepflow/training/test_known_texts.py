"""The different texts of a column in little memory."""

import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from sweepflow.training.category_numbers import TargetMeans
from sweepflow.training.known_texts import different, numbered, packed, unpacked


def objects(*texts):
    return np.array(texts, dtype=object)


@pytest.mark.parametrize("texts", [("b", "a", "ä", np.nan, "a"), ("",), (np.nan,), ()])
def test_different_texts_are_sorted_and_come_back_from_what_is_written_of_them(texts):
    known = different(objects(*texts))
    assert known.to_pylist() == sorted({text for text in texts if isinstance(text, str)})
    assert unpacked(packed(known)).equals(known)


def test_a_text_has_the_number_of_its_place_and_a_gap_the_one_behind_the_last():
    known = different(objects("b", "a"))
    assert numbered(objects("b", np.nan, "c", "a"), known).tolist() == [1, 2, -1, 0]


def test_a_part_of_the_texts_is_written_without_the_others():
    known = different(objects("a", "bb", "ccc"))[1:2]
    ends, letters = packed(known)
    assert (ends.tolist(), letters.tobytes()) == ([0, 2], b"bb")


@pytest.mark.parametrize("ends", [[0, 99], [0, 2, 1], [-5, 2], []])
def test_numbers_of_a_file_that_are_no_texts_are_refused(ends):
    with pytest.raises(pa.ArrowInvalid):
        unpacked((np.array(ends, dtype=np.int64), np.zeros(2, dtype=np.uint8)))


def test_what_was_learned_of_texts_comes_back_as_older_files_have_it_too():
    table = pd.DataFrame({"x": ["b", "a", "b", None]})
    means = TargetMeans().fit(table, np.arange(4.0))
    expected = means.transform(table)
    assert pickle.loads(pickle.dumps(means)).transform(table).tolist() == expected.tolist()
    older = TargetMeans()
    older.__setstate__({**vars(means), "texts_": [objects("a", "b")]})
    assert older.transform(table).tolist() == expected.tolist()
