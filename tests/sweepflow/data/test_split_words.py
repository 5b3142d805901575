"""How rows are split, in words."""

import pytest

from sweepflow.data.source import DataSource, Validation
from sweepflow.data.split_words import how_split

DRAWN = "what these lack drawn from the training rows"


@pytest.mark.parametrize(
    ("source", "validation", "words"),
    [
        ({}, {}, "at random"),
        ({}, {"folds": 5}, "at random; 5 folds of training and validation rows together"),
        ({"group": "patient"}, {}, "no 'patient' in two parts"),
        (
            {"time": ["date", "hour"]},
            {"gap": 2},
            "forward in time (date, hour); 2 times left out between parts",
        ),
        ({"time": "at"}, {"gap": "12h"}, "forward in time (at); 12h left out between parts"),
        ({}, {"part": "split"}, "by column 'split', what these lack drawn from the training rows"),
        (
            {"test": "b.csv", "time": "at"},
            {},
            "by files, what these lack drawn from the training rows; forward in time (at)",
        ),
    ],
)
def test_the_split_is_told(source, validation, words):
    assert how_split(DataSource(path="a.csv", target="y", **source), Validation(**validation)) == words
