import pytest

from sweepflow.plot.ticks import log_ticks, ticks


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0.03, 0.97, [0.2, 0.4, 0.6, 0.8]),
        (10, 500, [100, 200, 300, 400, 500]),
        (-3, 3, [-2, 0, 2]),
        (5, 5, [5]),
    ],
)
def test_ticks_are_round_numbers_within_the_range(low, high, expected):
    assert ticks(low, high) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.01, 1, [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]),
        (0.009, 1000, [0.01, 0.1, 1, 10, 100, 1000]),
        (1e-9, 1, [1e-8, 1e-6, 1e-4, 1e-2, 1]),
        (3, 4, [3, 4]),
    ],
)
def test_log_ticks_are_powers_of_ten_or_halves_and_fifths_of_them(low, high, expected):
    assert log_ticks(low, high) == expected
