"""What a script logs, as it is in the file."""

import json
import math
import os
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sweepflow import log_metric, log_metrics


class Tensor:
    """Of torch: a number is what `item` gives, and `float` may refuse it."""

    def __init__(self, *values: float) -> None:
        self._values = values

    def __repr__(self) -> str:
        return f"tensor{self._values}"

    def item(self) -> float:
        if len(self._values) != 1:
            raise RuntimeError(f"a Tensor with {len(self._values)} elements cannot be converted to Scalar")
        return self._values[0]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "metrics.jsonl"
    monkeypatch.setenv("SWEEPFLOW_METRICS", str(path))
    return path


def lines(file: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1.0),
        (0.25, 0.25),
        (True, 1.0),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3.0),
        (np.bool_(False), 0.0),
        (np.array(0.5), 0.5),
        (np.array([[0.5]]), 0.5),
        (pd.Series([0.5]), 0.5),
        (Tensor(0.5), 0.5),
        (Decimal("0.5"), 0.5),
        (Fraction(1, 2), 0.5),
        ("0.5", 0.5),
        (math.inf, math.inf),
    ],
    ids=repr,
)
def test_any_number_is_logged(value: object, number: float, file: Path) -> None:
    log_metric("accuracy", value)
    assert lines(file) == [{"accuracy": number}]


@pytest.mark.parametrize(
    ("value", "error", "shown"),
    [
        (None, TypeError, r"None \(NoneType\)"),
        ("high", ValueError, r"'high' \(str\)"),
        ([0.5], TypeError, r"\[0.5\] \(list\)"),
        (np.array([1, 2]), TypeError, r"array\(\[1, 2\]\) \(ndarray\)"),
        (Tensor(1, 2), TypeError, r"tensor\(1, 2\) \(Tensor\)"),
        (1j, TypeError, r"1j \(complex\)"),
        (10**400, TypeError, r"1000.*\.\.\. \(int\)"),
    ],
    ids=repr,
)
def test_what_is_no_number_is_an_error_in_the_script(
    value: object, error: type[Exception], shown: str, file: Path
) -> None:
    with pytest.raises(error, match=rf"^the metric 'accuracy' must be a number, got {shown}$"):
        log_metrics({"loss": 1, "accuracy": value})
    assert not file.exists()


def test_what_is_no_name_is_an_error_in_the_script(file: Path) -> None:
    with pytest.raises(TypeError, match=r"^the name of a metric must be text, got 1 \(int\)$"):
        log_metrics({1: 0.5})  # type: ignore[dict-item]
    with pytest.raises(ValueError, match=r"^the name of a metric must not be empty$"):
        log_metric(" ", 0.5)
    assert not file.exists()


def test_metrics_that_belong_together_are_one_line_with_their_step(file: Path) -> None:
    log_metrics({"val/acc": 0.5, "Verlust: ä\n": math.nan}, step=3)
    log_metric("step", 7, step=3)
    assert str(lines(file)) == str([{"val/acc": 0.5, "Verlust: ä\n": math.nan, "step": 3.0}, {"step": 7.0}])


def test_outside_of_a_trial_metrics_are_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SWEEPFLOW_METRICS", raising=False)
    log_metrics({"accuracy": np.float64(0.5), "loss": 2}, step=1)
    assert capsys.readouterr().out == "accuracy: 0.5\nloss: 2.0\nstep: 1.0\n"


def test_a_file_that_cannot_be_written_is_told_in_one_sentence(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWEEPFLOW_METRICS", str(file / "deeper"))
    told = f"metrics cannot be written to '{file}/deeper', which SWEEPFLOW_METRICS names: No such file"
    with pytest.raises(FileNotFoundError, match=told):
        log_metric("accuracy", 1)


MANY = """
import os, threading
from sweepflow import log_metrics

def log(process, thread):
    for n in range(100):
        log_metrics({"process": process, "thread": thread, "n": n, "x" * 3000: 0})

for process in range(4):
    if os.fork() == 0:
        threads = [threading.Thread(target=log, args=(process, n)) for n in range(4)]
        for each in threads: each.start()
        for each in threads: each.join()
        os._exit(0)
for _ in range(4):
    assert os.wait()[1] == 0
"""


def test_lines_of_many_threads_and_processes_do_not_mix(file: Path) -> None:
    subprocess.run([sys.executable, "-c", MANY], check=True)
    found = lines(file)
    assert len({(line["process"], line["thread"], line["n"]) for line in found}) == len(found) == 1600
    assert file.stat().st_mode & 0o077 == 0


def test_the_import_brings_nothing_but_the_standard_library() -> None:
    code = (
        "import sys; before = set(sys.modules); from sweepflow import log_metric; "
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert {*done.stdout.split()} - sys.stdlib_module_names == {"sweepflow"}
    assert {"asyncio", "inspect", "logging", "subprocess"}.isdisjoint(done.stdout.split())


def test_the_name_stays_a_function_when_it_is_imported_again() -> None:
    import sweepflow

    assert sweepflow.log_metric is log_metric
    assert os.environ.get("SWEEPFLOW_METRICS") is None
