"""Leaks are told by name and with a figure, and honest tables have none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets

from sweepflow.data.prepare import prepare
from sweepflow.data.source import DataSource, Validation
from sweepflow.leaks import answers_in, leaks_of, too_good

Leaks = Callable[..., list[str]]
N = 400


@pytest.fixture
def leaks(tmp_path: Path) -> Leaks:
    """The sentences about a table."""

    def of(frame: pd.DataFrame, target: str = "y", **options: Any) -> list[str]:
        frame.to_parquet(tmp_path / "table.parquet")
        source = DataSource(path=str(tmp_path / "table.parquet"), target=target, **options)
        data = prepare(source, Validation(), tmp_path / "cache", is_classifier=None)
        sentences = list(leaks_of(data))
        assert list(leaks_of(data)) == sentences  # as kept
        return sentences

    return of


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(7)


def honest(generator: np.random.Generator, n: int = N) -> pd.DataFrame:
    """Six columns of numbers, some of which decide about the target, with noise."""
    frame = pd.DataFrame(generator.normal(size=(n, 6)), columns=list("abcdef"))
    noisy = frame.a + frame.b + generator.normal(size=n)
    return frame.assign(y=np.where(noisy > 0, "yes", "no"))


@pytest.mark.parametrize("name", ["breast_cancer", "wine", "diabetes", "iris"])
def test_honest_tables_have_none(name: str, leaks: Leaks) -> None:
    assert leaks(getattr(datasets, f"load_{name}")(as_frame=True).frame, "target") == []


def test_columns_that_add_up_to_the_target_are_named(leaks: Leaks, generator: np.random.Generator) -> None:
    casual, registered = generator.integers(0, 90, N), generator.integers(0, 300, N)
    frame = honest(generator).assign(casual=casual, registered=registered, y=casual + registered)
    (sentence,) = [each for each in leaks(frame) if "The target" in each]
    assert "'y' is 'casual' + 'registered' in 320 of 320 rows" in sentence


def test_a_weighted_sum_of_rounded_amounts_is_found(leaks: Leaks, generator: np.random.Generator) -> None:
    frame = honest(generator)
    frame["y"] = (1.19 * frame.a + frame.c).round(3)
    (sentence,) = [each for each in leaks(frame) if "The target" in each]
    assert "1.19 * 'a' + 'c'" in sentence


def test_a_column_as_good_alone_as_all_together_is_named(
    leaks: Leaks, generator: np.random.Generator
) -> None:
    frame = honest(generator)
    wrong = generator.random(N) < 0.03
    frame["verdict"] = np.where((frame.y == "yes") ^ wrong, "granted", "refused")
    (sentence,) = leaks(frame)
    assert sentence.startswith("Column 'verdict' alone has accuracy 0.9")
    assert "all 7 columns together 0.9" in sentence


def test_a_column_that_tells_the_groups_apart_is_no_answer_where_none_is_split(
    leaks: Leaks, generator: np.random.Generator
) -> None:
    person = np.repeat(np.arange(20), 20)
    frame = honest(generator).assign(person=person, age=generator.permutation(20)[person] + 30)
    frame["y"] = generator.normal(size=20)[person]
    assert "Column 'age' alone has R^2 1.000" in " ".join(leaks(frame, drop=["person"]))
    assert leaks(frame, group="person") == []


def test_columns_of_a_rare_class_are_no_leaks_because_most_rows_are_guessed(
    leaks: Leaks, generator: np.random.Generator
) -> None:
    frame = honest(generator).assign(y=np.where(generator.random(N) < 0.05, "yes", "no"))
    assert leaks(frame) == []


def test_an_answer_is_named_beside_its_twin(leaks: Leaks, generator: np.random.Generator) -> None:
    frame = honest(generator)
    wrong = generator.random(N) < 0.03
    frame["verdict"] = np.where((frame.y == "yes") ^ wrong, "granted", "refused")
    frame["code"] = (frame.verdict == "granted").astype(int)
    assert [sentence.split("'")[1] for sentence in leaks(frame)] == ["verdict", "code"]


@pytest.mark.parametrize("is_sum", [True, False])
def test_columns_that_are_the_answer_are_told_from_those_that_are_nearly(
    tmp_path: Path, generator: np.random.Generator, is_sum: bool
) -> None:
    frame = honest(generator)
    frame["nearly"] = np.where(generator.random(N) < 0.03, "yes", frame.y)
    if is_sum:
        frame["y"] = frame.a + frame.b
    frame["alive"] = frame.y.map(str)
    frame = frame.drop(columns="alive" if is_sum else "a")
    frame.to_parquet(tmp_path / "table.parquet")
    source = DataSource(path=str(tmp_path / "table.parquet"), target="y")
    answers = answers_in(prepare(source, Validation(), tmp_path / "cache", is_classifier=None))
    if is_sum:
        assert answers == dict.fromkeys(["a", "b"], "is in the answer: 'y' is 'a' + 'b'")
    else:
        assert list(answers) == ["alive"]
        assert answers["alive"].startswith("alone has accuracy 1.000, all 7 columns together 1.000")


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("No", lambda _: np.arange(1, N + 1), "numbers the 400 rows (1 to 400, each once)"),
        ("Order", lambda g: g.permutation(N), "numbers the 400 rows (0 to 399, each once)"),
        ("with_gaps", lambda g: np.sort(g.choice(440, N, replace=False)), "numbers the 400 rows"),
        ("ticket", lambda g: np.cumsum(g.integers(1, 50, N)), "rises with every one of 400 rows"),
        ("PID", lambda g: g.permutation(10**9 + 17 * np.arange(N)), "and the name of an identifier"),
        ("customerId", lambda g: g.permutation(7 * np.arange(N)), "and the name of an identifier"),
        ("subject#", lambda g: g.permutation(7 * np.arange(N)), "and the name of an identifier"),
        ("who", lambda g: [f"{number:x}" for number in g.permutation(10**6)[:N]], "has another text in each"),
    ],
)
def test_counters_and_identifiers_are_found_by_more_than_their_names(
    leaks: Leaks, generator: np.random.Generator, name: str, values: Any, reason: str
) -> None:
    (sentence,) = leaks(honest(generator).assign(**{name: values(generator)}))
    assert sentence.startswith(f"Column {name!r} ")
    assert reason in sentence


def test_a_counter_is_found_where_rows_without_a_target_are_left_out(
    leaks: Leaks, generator: np.random.Generator
) -> None:
    frame = honest(generator).assign(No=np.arange(1, N + 1))
    frame.loc[frame.index % 7 == 0, "y"] = None
    (sentence,) = leaks(frame)
    assert "Column 'No' " in sentence


def test_measurements_that_differ_in_every_row_are_no_counters(
    leaks: Leaks, generator: np.random.Generator
) -> None:
    income = generator.permutation(np.unique(generator.integers(10_000, 99_999, 2 * N)))[:N]
    assert leaks(honest(generator).assign(income=income)) == []


def test_copies_in_the_test_rows_are_counted(leaks: Leaks, generator: np.random.Generator) -> None:
    frame = honest(generator)
    copies = frame.sample(100, random_state=0)
    copies["a"] += 1e-9
    both = pd.concat([frame, copies]).sample(frac=1, random_state=1).reset_index(drop=True)
    both["row"] = np.arange(len(both))  # tells copies apart, and nothing else
    validation, test = [each for each in leaks(both) if "copies" in each]
    assert "of 100 validation rows" in validation
    assert "of 100 test rows" in test
    assert 25 <= int(test.split()[0]) <= 50


def test_rows_that_are_equal_by_chance_are_no_copies(leaks: Leaks, generator: np.random.Generator) -> None:
    coarse = pd.DataFrame(generator.integers(0, 3, (N, 5)), columns=list("abcde"))
    assert leaks(coarse.assign(y=generator.choice(["yes", "no"], N))) == []


def test_rows_that_agree_but_in_the_target_are_no_copies(
    leaks: Leaks, generator: np.random.Generator
) -> None:
    spent = np.where(generator.random((N, 8)) < 0.9, 0, generator.integers(1, 999, (N, 8)))
    frame = pd.DataFrame(spent, columns=list("abcdefgh"))
    assert leaks(frame.assign(y=generator.choice(["yes", "no"], N))) == []


@pytest.mark.parametrize(
    ("metric", "value", "is_told"),
    [
        ("roc_auc", 0.9995, True),
        ("r2", 1.0, True),
        ("accuracy", 0.999, False),
        ("root_mean_squared_error", 1.5, False),
        ("log_loss", 1.5, False),
    ],
)
def test_a_score_that_is_too_good_is_told(metric: str, value: float, is_told: bool) -> None:
    assert (too_good(metric, value) is not None) is is_told
