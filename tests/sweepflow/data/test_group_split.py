"""Parts that share no group."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import GroupShuffleSplit

from sweepflow.data.group_split import group_parts
from sweepflow.errors import DataError

SHARES = {"train": 0.6, "validation": 0.2, "test": 0.2}


def one_class(groups):
    return np.zeros(len(groups), dtype=np.intp)


@given(sizes=st.lists(st.integers(1, 30), min_size=3, max_size=40), seed=st.integers(0, 100))
def test_each_row_is_in_one_part_and_each_group_too(sizes, seed):
    groups = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    parts = group_parts(groups, one_class(groups), SHARES, seed, "g")
    assert sorted(np.concatenate(list(parts.values()))) == list(range(len(groups)))
    held = [set(groups[rows]) for rows in parts.values()]
    assert all(held)
    assert sum(map(len, held)) == len(sizes)
    assert all((np.diff(rows) > 0).all() for rows in parts.values())


def test_the_shares_are_nearer_than_those_of_group_shuffle_split():
    generator = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), generator.integers(1, 60, 40))

    def ours(seed):
        return len(group_parts(groups, one_class(groups), SHARES, seed, "g")["test"]) / len(groups)

    def scikit_learns(seed):
        splitter = GroupShuffleSplit(1, test_size=0.2, random_state=seed)
        return len(next(splitter.split(groups, groups=groups))[1]) / len(groups)

    errors = {split: [abs(split(seed) - 0.2) for seed in range(20)] for split in (ours, scikit_learns)}
    assert max(errors[ours]) < 0.02
    assert np.mean(errors[ours]) < np.mean(errors[scikit_learns]) / 3


def test_each_part_has_its_share_of_a_rare_class():
    classes_of_groups = np.array([1] * 10 + [0] * 90)
    groups = np.repeat(np.arange(100), 6)
    parts = group_parts(groups, np.repeat(classes_of_groups, 6), SHARES, 1, "g")
    rare = {part: int(np.repeat(classes_of_groups, 6)[rows].sum()) for part, rows in parts.items()}
    assert rare == {"train": 36, "validation": 12, "test": 12}


@given(size=st.integers(50, 200), n_others=st.integers(2, 30), seed=st.integers(0, 100))
def test_a_giant_group_trains(size, n_others, seed):
    groups = np.concatenate([np.zeros(size, dtype=int), 1 + np.arange(n_others)])
    parts = group_parts(groups, one_class(groups), SHARES, seed, "g")
    assert 0 in groups[parts["train"]]
    assert all(len(rows) for rows in parts.values())


@given(seed=st.integers(0, 100), classes=st.lists(st.integers(0, 2), min_size=12, max_size=40))
def test_a_class_of_one_group_is_in_one_part_with_all_its_rows(seed, classes):
    groups = np.arange(len(classes))
    of_rows = np.concatenate([classes, np.full(9, 3)])  # the group of nine rows has a class of its own
    groups = np.concatenate([groups, np.full(9, len(classes))])
    of_rows = np.unique(of_rows, return_inverse=True)[1]
    parts = group_parts(groups, of_rows, SHARES, seed, "g")
    held = [int((of_rows[rows] == of_rows.max()).sum()) for rows in parts.values()]
    assert sorted(held) == [0, 0, 9]


def test_another_seed_is_another_split_and_the_same_one_is_the_same():
    groups = np.repeat(np.arange(30), 5)
    tests = [group_parts(groups, one_class(groups), SHARES, seed, "g")["test"].tolist() for seed in (0, 0, 1)]
    assert tests[0] == tests[1] != tests[2]


def test_as_many_groups_as_parts_are_needed():
    assert all(len(rows) == 4 for rows in split(["a", "b", "c"]).values())
    with pytest.raises(DataError, match=r"data\.group: column 'g' holds 2 groups, and each of 3 parts"):
        split(["a", "b"])


def split(names):
    groups = np.unique(names, return_inverse=True)[1].repeat(4)
    return group_parts(groups, one_class(groups), SHARES, 0, "g")
