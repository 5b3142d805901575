import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from sweepflow.data.drawing import draw


@pytest.mark.parametrize("size", [0.2, 0.37, 25])
@pytest.mark.parametrize("n_classes", [1, 2, 5])
def test_the_rows_are_those_that_scikit_learn_draws(size, n_classes):
    random = np.random.default_rng(n_classes)
    for seed in range(20):
        rows = random.permutation(400)[: random.integers(60, 400)]
        codes = random.integers(0, n_classes, len(rows))
        for classes in (codes, np.array(list("abcde"), dtype=object)[codes], None):
            theirs = train_test_split(rows, test_size=size, random_state=seed, stratify=classes)
            assert all(map(np.array_equal, draw(rows, size, classes, seed), theirs))


@pytest.mark.parametrize("size", [0.01, 0.99, 1, 9])
def test_too_few_rows_are_told_as_scikit_learn_tells_them(size):
    rows, classes = np.arange(10), np.repeat([0, 1], 5)
    with pytest.raises(ValueError, match="size") as theirs:
        train_test_split(rows, test_size=size, random_state=0, stratify=classes)
    with pytest.raises(ValueError, match="size") as ours:
        draw(rows, size, classes, 0)
    assert str(ours.value) == str(theirs.value)
