"""Which rows a training row's numbers may be learned from."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweepflow.data.roles import NO_ROLES, Roles
from sweepflow.training.category_numbers import TargetMeans
from sweepflow.training.cross_fitting import cross_fitting

UNITS = st.lists(st.integers(0, 12), min_size=1, max_size=60).map(np.array)


@given(groups=UNITS)
def test_no_group_is_on_both_sides_and_each_row_is_in_one_second_part(groups):
    seen = np.zeros(len(groups), dtype=int)
    for others, rows in cross_fitting(Roles(group=groups), 0, len(groups), 5):
        assert set(groups[others]).isdisjoint(groups[rows])
        seen[rows] += 1
    assert (seen == (len(np.unique(groups)) > 1)).all()


@given(times=UNITS, gap=st.integers(0, 3), with_group=st.booleans())
def test_with_a_time_rows_are_learned_from_earlier_ones_alone(times, gap, with_group):
    group = np.arange(len(times)) % 4 if with_group else None
    different = np.unique(times)
    seen = np.zeros(len(times), dtype=int)
    for earlier, rows in cross_fitting(Roles(time=times, group=group), gap, len(times), 5):
        between = (different > times[earlier].max()) & (different < times[rows].min())
        assert times[earlier].max() < times[rows].min()
        assert with_group or between.sum() == gap
        assert group is None or set(group[earlier]).isdisjoint(group[rows])
        seen[rows] += 1
    assert seen.max() <= 1


def test_without_roles_each_row_learns_from_other_folds():
    pairs = cross_fitting(NO_ROLES, 0, 23, 5)
    assert sorted(np.concatenate([rows for _, rows in pairs])) == list(range(23))
    assert all(set(others).isdisjoint(rows) for others, rows in pairs)
    assert cross_fitting(NO_ROLES, 0, 1, 5) == []


@pytest.fixture
def visits():
    """Forty people of ten visits each: a word of the person's own, and how ill he is."""
    generator = np.random.default_rng(0)
    person = np.repeat(np.arange(40), 10)
    illness = generator.normal(size=40)[person] + generator.normal(0, 0.1, 400)
    return pd.DataFrame({"word": [f"w{n}" for n in person]}), illness, person


def test_the_mean_of_a_group_tells_its_own_rows_nothing(visits):
    table, illness, person = visits
    leaking = TargetMeans().fit_transform(table, illness)[:, 0]
    apart = TargetMeans().fit_transform(table, illness, roles=Roles(group=person))[:, 0]
    assert np.corrcoef(leaking, illness)[0, 1] > 0.9
    assert len(np.unique(apart)) <= 5  # the mean of the other groups, for each fold
    only = TargetMeans().fit_transform(table, illness, roles=Roles(group=np.zeros(400, dtype=int)))
    assert np.unique(only) == pytest.approx([illness.mean()])


def test_a_row_has_the_mean_of_what_was_known_when_it_was(visits):
    table, illness, _ = visits
    day = np.random.default_rng(1).permutation(400)
    found = TargetMeans(smooth=0.0).fit_transform(table, illness, roles=Roles(time=day), gap=30)[:, 0]
    last = day >= 400 - 400 // 21  # the last window
    known = day < 400 - 400 // 21 - 30
    for word in table["word"][last].unique():
        same = (table["word"] == word).to_numpy()
        mean = illness[same & known].mean() if (same & known).any() else illness[known].mean()
        assert found[same & last] == pytest.approx(mean)
    first = day < 400 - 20 * (400 // 21)
    assert found[first] == pytest.approx(illness.mean())
