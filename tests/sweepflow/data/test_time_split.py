"""Parts and folds that follow each other in time."""

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from sklearn.model_selection import TimeSeriesSplit

from sweepflow.data.source import Validation
from sweepflow.data.time_split import expanding_windows, forward_parts
from sweepflow.errors import DataError

DAY = 24 * 60 * 60 * 1_000_000
TIMES = st.lists(st.integers(0, 40), min_size=30, max_size=90)


@given(times=TIMES, gap=st.integers(0, 3))
def test_what_trains_was_before_what_ranks_and_that_before_what_tests(times, gap):
    time = np.array(times)
    try:
        parts = forward_parts(time, None, Validation(gap=gap))
    except DataError:
        reject()
    for earlier, later in (("train", "validation"), ("validation", "test")):
        last, first = time[parts[earlier]].max(), time[parts[later]].min()
        between = np.unique(time[(time > last) & (time < first)])
        assert last < first
        assert len(between) == gap
        assert set(between).isdisjoint(time[np.concatenate(list(parts.values()))])


def test_the_parts_have_their_shares_in_whatever_order_the_file_is():
    time = np.random.default_rng(0).permutation(100)
    parts = forward_parts(time, None, Validation(validation_size=0.3, test_size=0.1))
    assert {part: sorted(time[rows]) for part, rows in parts.items()} == {
        "train": list(range(60)), "validation": list(range(60, 90)), "test": list(range(90, 100)),
    }  # fmt: skip


@pytest.mark.parametrize(("n_rows", "n_folds", "gap"), [(100, 5, 0), (103, 4, 0), (50, 3, 2), (20, 2, 5)])
def test_folds_are_those_of_time_series_split(n_rows, n_folds, gap):
    time = np.random.default_rng(1).permutation(n_rows)
    order = np.argsort(time)
    splitter = TimeSeriesSplit(n_folds, gap=gap)
    for (train, held_out), (first, second) in zip(
        expanding_windows(time, None, n_folds, gap), splitter.split(order), strict=True
    ):
        assert sorted(order[first]) == train.tolist()
        assert sorted(order[second]) == held_out.tolist()


@given(days=TIMES, gap=st.integers(0, 9))
def test_a_gap_of_days_leaves_out_so_many_days_whatever_times_there_are(days, gap):
    time = np.array(days) * DAY
    for train, held_out in expanding_windows(time, None, 3, f"{gap}d"):
        first = time[held_out].min(initial=41 * DAY)
        expected = np.flatnonzero(time < first - gap * DAY) if len(held_out) else train
        assert train.tolist() == expected.tolist()
    try:
        parts = forward_parts(time, None, Validation(gap=f"{gap}d"))
    except DataError:
        reject()
    assert time[parts["train"]].max() < time[parts["validation"]].min() - gap * DAY
    assert time[parts["validation"]].max() < time[parts["test"]].min() - gap * DAY


def test_on_every_day_a_gap_of_seven_days_is_one_of_seven_times():
    time = np.random.default_rng(2).permutation(120) * DAY
    for gap in ("7d", "168h", "1w"):
        by_duration, by_times = (forward_parts(time, None, Validation(gap=each)) for each in (gap, 7))
        assert all(by_duration[part].tolist() == by_times[part].tolist() for part in by_times)


@given(times=st.lists(st.integers(0, 30), min_size=60, max_size=90), n_folds=st.integers(2, 5))
def test_no_fold_trains_on_a_time_that_it_holds_out_or_a_later_one(times, n_folds):
    time = np.array(times)
    seen = np.zeros(len(time), dtype=int)
    for train, held_out in expanding_windows(time, None, n_folds, 0):
        if len(train) and len(held_out):
            assert time[train].max() < time[held_out].min()
        seen[held_out] += 1
    assert seen.max() == 1


def test_of_a_group_that_comes_back_only_the_later_rows_are_kept():
    time = np.arange(100)
    group = time // 10
    group[95:] = 0  # the first group is back at the end
    group[70:75] = 1
    parts = forward_parts(time, group, Validation())
    held = {part: set(group[rows]) for part, rows in parts.items()}
    assert held == {"train": {2, 3, 4, 5}, "validation": {1, 6, 7}, "test": {0, 8, 9}}
    for train, held_out in expanding_windows(time, group, 4, 0):
        assert set(group[train]).isdisjoint(group[held_out])


def test_groups_that_are_always_there_cannot_be_split_in_time():
    time = np.repeat(np.arange(30), 3)
    with pytest.raises(DataError, match=r"leave none for the train part .*name a group or a time, not both"):
        forward_parts(time, np.tile([0, 1, 2], 30), Validation())


@pytest.mark.parametrize(
    ("times", "gap", "told"),
    [([1, 1, 2, 2], 0, "add rows, or leave time out"), (list(range(10)), 7, r"make validation\.gap smaller")],
)
def test_too_few_times_are_refused(times, gap, told):
    with pytest.raises(DataError, match=rf"data\.time: {len(times)} rows at .*{told}"):
        forward_parts(np.array(times), None, Validation(gap=gap))
