"""The costs of a model, as a person reads them."""

import pytest

from sweepflow.archive.cost_words import cost_words


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        (
            {"auc": 0.5, "fit_seconds": 1.234, "predict_ms": 0.0567, "model_bytes": 34_567.0},
            "fitted in 1.23 s, predicts a row in 0.0567 ms, takes 34.6 kB",
        ),
        ({"fit_seconds": 0.5}, "fitted in 0.5 s"),
        ({"model_bytes": 999.0}, "takes 999 bytes"),
        ({"model_bytes": 1.5e6}, "takes 1.5 MB"),
        ({"model_bytes": 2e9}, "takes 2 GB"),
        ({"model_bytes": 999_800.0}, "takes 1,000 kB"),
        (
            {"fit_seconds": 1234.5, "predict_ms": 1000.0},
            "fitted in 1,234 s, predicts a row in 1,000 ms",
        ),
        ({"auc": 0.5}, ""),
    ],
)
def test_those_that_are_known_are_told_in_units_that_suit_them(metrics, words):
    assert cost_words(metrics) == words
