"""Bounds that are logarithms and were probably meant as values, or as powers of ten."""

import math

import pytest

from sweepflow.space.distributions import LogNormal, LogUniform, QLogNormal, QLogUniform
from sweepflow.space.log_notices import log_notice


def of_bounds(first: float, last: float, base: float = math.e) -> str | None:
    found = log_notice(LogUniform(min_value=first, max_value=last).in_base(base))
    quantised = log_notice(QLogUniform(min_value=first, max_value=last, q=1e-9).in_base(base))
    assert found == (quantised and quantised.removeprefix("q"))
    return found


def test_values_in_the_place_of_logarithms_are_told_with_the_bounds_that_were_meant() -> None:
    assert of_bounds(0.0001, 0.1) == (
        "loguniform(0.0001, 0.1) draws from [1.0001, 1.10517]: min_value and max_value are exponents of e "
        "(natural logarithms), not values; for values from 0.0001 to 0.1, write low: 0.0001, high: 0.1, or "
        "min_value: -9.21, max_value: -2.3"
    )


def test_powers_of_ten_in_the_place_of_logarithms_are_told_with_the_bounds_that_were_meant() -> None:
    assert of_bounds(-4, -1) == (
        "loguniform(-4, -1) draws from [0.0183156, 0.367879]: min_value and max_value are exponents of e "
        "(natural logarithms), not of 10; for powers of ten from 0.0001 to 0.1, write low: 0.0001, "
        "high: 0.1, or min_value: -9.21, max_value: -2.3"
    )


@pytest.mark.parametrize(
    "bounds",
    [
        *((0.0001, 0.1), (1e-8, 1e-3), (0.001, 1), (0.1, 10), (0.5, 8)),
        *((1, 10), (2, 20), (10, 500), (1, 100), (2, 12), (3, 10), (8, 32)),
    ],
)
def test_bounds_that_look_like_values_get_a_notice(bounds: tuple[float, float]) -> None:
    low, high = bounds
    assert f"write low: {low:g}, high: {high:g}, or min_value: " in str(of_bounds(*bounds))


@pytest.mark.parametrize("bounds", [(-4, -1), (-6, -1), (-5, 0), (-10, -2), (-1, 0)])
def test_bounds_that_look_like_powers_of_ten_get_a_notice(bounds: tuple[int, int]) -> None:
    low, high = (10.0**bound for bound in bounds)
    assert f"write low: {low:g}, high: {high:g}, or min_value: " in str(of_bounds(*bounds))


@pytest.mark.parametrize(("bounds", "is_odd"), [((-0.5, 0.59), True), ((-0.5, 0.6), False), ((0, 1), True)])
def test_a_range_of_less_than_a_factor_of_three_gets_a_notice(
    bounds: tuple[float, float], is_odd: bool
) -> None:
    assert (of_bounds(*bounds) is not None) is is_odd
    if is_odd:
        assert str(of_bounds(*bounds)).endswith("not values; for a range of values write low and high")


@pytest.mark.parametrize(
    "bounds",
    [
        (-9.21, -2.3),
        (-4, -0.7),
        (-7, 2.3),
        (-3, 3),
        (-12, 0),
        (2.1, 4.9),
        (2.3, 6.9),
        (3, 6),
        (0, 5),
        (0.7, 7),
    ],
)
def test_usual_logarithms_get_no_notice(bounds: tuple[float, float]) -> None:
    assert of_bounds(*bounds) is None


def test_nought_to_ten_or_more_is_told_to_be_no_range_of_values() -> None:
    assert str(of_bounds(0, 10)).endswith("not values; for a range of values write low and high")


@pytest.mark.parametrize("bounds", [(1, 10), (3, 12), (-10, 0), (0, 10)])
def test_in_base_two_whole_exponents_are_right(bounds: tuple[float, float]) -> None:
    assert of_bounds(*bounds, 2) is None


def test_in_base_ten_powers_of_ten_are_right_and_values_are_not() -> None:
    assert of_bounds(-4, -1, 10) is None
    assert of_bounds(0.3, 3, 10) is None  # 2 to 1000
    assert "write low: 0.0001, high: 0.1, or min_value: -4, max_value: -1" in str(of_bounds(0.0001, 0.1, 10))


@pytest.mark.parametrize("ends", [(0.0001, 0.1), (1, 2), (1e-15, 1e9)])
def test_a_range_given_by_its_values_is_what_was_meant(ends: tuple[float, float]) -> None:
    assert log_notice(LogUniform(low=ends[0], high=ends[1])) is None


def test_a_lognormal_far_from_any_usual_value_or_with_a_value_for_its_median_gets_a_notice() -> None:
    assert log_notice(LogNormal(mu=0, sigma=1)) is None
    assert log_notice(QLogNormal(mu=4, sigma=0.5, q=1)) is None
    assert "mu and sigma are of the exponent of e" in str(log_notice(LogNormal(mu=100, sigma=10)))
    assert str(log_notice(LogNormal(mu=0.01, sigma=1))).endswith(
        "its median being 1.01005: mu is an exponent of e (natural logarithms), not a value; for a median of "
        "0.01, write mu: -4.61"
    )
