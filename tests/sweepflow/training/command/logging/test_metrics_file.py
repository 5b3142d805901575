"""Lines of metrics, read while they are written."""

import math
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sweepflow.errors import TrialError
from sweepflow.training.command.logging.metrics_file import MetricsFile
from sweepflow.training.command.logging.metrics_line import metrics_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "metrics.jsonl"


def append(path: Path, text: str | bytes) -> None:
    with path.open("ab") as file:
        file.write(text if isinstance(text, bytes) else text.encode())


@pytest.mark.parametrize(
    ("line", "metrics"),
    [
        ('{"accuracy": 0.5, "loss": 2}', [{"accuracy": 0.5, "loss": 2}]),
        ('{"a": 1e-3}\r', [{"a": 0.001}]),
        ('\ufeff{"a": 1}', [{"a": 1}]),
        ('  {"a" :1 }  ', [{"a": 1}]),
        ('{"a": "0.5"}', [{"a": 0.5}]),
        ('{"a": " 5 "}', [{"a": 5}]),
        ('{"a": .5, "b": +1., "c": -.5}', [{"a": 0.5, "b": 1, "c": -0.5}]),
        ('{"a": Infinity, "b": -Infinity}', [{"a": math.inf, "b": -math.inf}]),
        ('{"a": inf, "b": -Inf}', [{"a": math.inf, "b": -math.inf}]),
        ('{"a": 1e999}', [{"a": math.inf}]),
        (f'{{"a": {"1" * 5000}}}', [{"a": math.inf}]),
        ('{"a": true, "b": false}', [{"a": 1, "b": 0}]),
        ('{"a":[0.5]}', [{"a": 0.5}]),
        ('{"Accuracy: val/acc.1 ä": 1, "\\u00e4\\n": 2}', [{"Accuracy: val/acc.1 ä": 1, "ä\n": 2}]),
        ('{"a": 1}{"a": 2} {"b": 3}', [{"a": 1}, {"a": 2}, {"b": 3}]),
        ("{}", []),
        ("", []),
        (" \r", []),
    ],
)
def test_a_line_is_taken_for_what_it_plainly_means(line: str, metrics: list[dict[str, float]]) -> None:
    assert metrics_of(line.encode()) == metrics


@pytest.mark.parametrize("value", ["NaN", "nan", "-nan", '"nan"', "null", '"NA"', "[null]", "NA"])
def test_all_that_is_written_for_no_value_is_nan(value: str) -> None:
    ((name, number),) = metrics_of(f'{{"loss": {value}}}'.encode())[0].items()
    assert name == "loss"
    assert math.isnan(number)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"accuracy=0.9", 'is no JSON object such as {"accuracy": 0.9}: accuracy=0.9'),
        (b"0.9", "is no JSON object"),
        (b"[1]", "is no JSON object"),
        (b"{'accuracy': 0.9}", "is no JSON object"),
        (b'{"accuracy": 0,9}', "is no JSON object"),
        (b'{"accuracy": 0.9', "is no JSON object"),
        (b'{"accuracy": }', "is no JSON object"),
        (b'{"a": 1} 2', "is no JSON object"),
        (b"[" * 100_000, "is no JSON object"),
        (b'{"a": ' + b"[" * 100_000, "is no JSON object"),
        (b'{"accuracy": "high"}', 'has no number under \'accuracy\': {"accuracy": "high"}'),
        (b'{"accuracy": "93%"}', "has no number under 'accuracy'"),
        (b'{"accuracy": high}', "has no number under 'accuracy'"),
        (b'{"val": {"accuracy": 1}}', "has no number under 'val'"),
        (b'{"val": {}}', "has no number under 'val'"),
        (b'{"a": [1, 2]}', "has no number under 'a'"),
        (b'{"a": []}', "has no number under 'a'"),
        (b'{"a": 1, "a": 2}', "has 'a' twice"),
        (b'{"\xff": 1}', r'is not in UTF-8: {"\xff": 1}'),
        (b"\x00\x1b[31m", r'is no JSON object such as {"accuracy": 0.9}: \x00\x1b[31m'),
    ],
)
def test_any_other_line_is_an_error_that_quotes_it(line: bytes, fault: str) -> None:
    with pytest.raises(TrialError, match=r"^a line of its metrics ") as told:
        metrics_of(line)
    assert fault in str(told.value)
    assert len(str(told.value)) < 250


def test_metrics_are_new_once(path: Path) -> None:
    file = MetricsFile(path)
    assert file.new() == []
    append(path, '{"a": 1}\n{"a": 2, "b": 3}\n')
    assert file.new() == [{"a": 1}, {"a": 2, "b": 3}]
    assert file.new() == []
    append(path, '\n{"a": 2, "b": 3}\n')
    assert file.new() == [{"a": 2, "b": 3}]


def test_a_line_that_has_begun_is_waited_for(path: Path) -> None:
    file = MetricsFile(path)
    append(path, '{"a": 1}\n{"a": 0.')
    assert file.new() == [{"a": 1}]
    assert file.new() == []
    append(path, '25}\n{"a": {"b": 1}')
    assert file.new() == [{"a": 0.25}]
    assert file.new() == []
    with pytest.raises(TrialError, match="is no JSON object"):
        file.new(is_over=True)


def test_an_object_counts_before_the_line_ends(path: Path) -> None:
    file = MetricsFile(path)
    found = []
    for n in range(3):  # printf without \n
        append(path, f'{{"a": {n}}}')
        found += file.new()
    append(path, "\n")
    assert found == [{"a": 0}, {"a": 1}, {"a": 2}]
    assert file.new(is_over=True) == []


def test_what_comes_before_a_wrong_line_is_not_lost(path: Path) -> None:
    file = MetricsFile(path)
    append(path, '{"a": 1}\nwrong\n{"a": 2}\n')
    assert file.new() == [{"a": 1}]
    with pytest.raises(TrialError, match="wrong"):
        file.new()


def test_many_lines_come_in_parts_and_in_order(path: Path) -> None:
    append(path, "".join(f'{{"a": {n}}}\n' for n in range(100_000)))
    file, found = MetricsFile(path), []
    while part := file.new():
        assert len(part) < 100_000
        found += [metrics["a"] for metrics in part]
    assert found == list(range(100_000))


def test_a_line_without_end_is_refused_before_it_fills_the_memory(path: Path) -> None:
    append(path, '{"' + "x" * 10_000_000)
    with pytest.raises(TrialError, match=r'is longer than 1 MB: \{"xxx.*\.\.\. \(1200 characters\)$'):
        MetricsFile(path).new()
    assert metrics_of(b'{"' + b"x" * 900_000 + b'": 1}') == [{"x" * 900_000: 1}]


@pytest.mark.parametrize("first", ['{"a": 1}\n', '{"a": 1}\n{"a": 2}\n{"a": 3}\n'])
@pytest.mark.parametrize("by", ["truncating", "deleting", "replacing"])
def test_a_file_that_is_written_anew_counts_from_where_it_differs(path: Path, first: str, by: str) -> None:
    file = MetricsFile(path)
    append(path, first)
    n_before = len(file.new())
    whole = "".join(f'{{"a": {n}}}\n' for n in range(1, 6))
    if by == "truncating":
        path.write_text("")
        assert file.new() == []
    elif by == "deleting":
        path.unlink()
        assert file.new() == []
    else:
        path.unlink()
    append(path, whole)
    assert file.new() == [{"a": n} for n in range(n_before + 1, 6)]


def test_a_file_with_the_last_value_alone_gives_each_that_it_has_had(path: Path) -> None:
    file, found = MetricsFile(path), []
    for value in (0.1, 0.2, 0.25, 0.5):
        path.write_text(f'{{"a": {value}}}\n')
        found += file.new()
    assert found == [{"a": 0.1}, {"a": 0.2}, {"a": 0.25}, {"a": 0.5}]


def test_something_else_in_its_place_is_an_error(path: Path) -> None:
    file = MetricsFile(path)
    path.mkdir()
    with pytest.raises(TrialError, match=r"^its metrics cannot be read from .*, which is no file any more$"):
        file.new()
    path.rmdir()
    os.mkfifo(path)  # which must not make it wait for a writer
    with pytest.raises(TrialError, match=r"which is no file any more$"):
        file.new()


LANGUAGES = {
    "bash": r"""
        for accuracy in 0.5 .75 1; do
            printf '{"accuracy": %s}\n' "$accuracy" >> "$SWEEPFLOW_METRICS"
        done""",
    "awk": r"""
        awk 'BEGIN { for (n = 2; n <= 4; n++)
            printf "{\"accuracy\": %g}\n", n / 4 >> ENVIRON["SWEEPFLOW_METRICS"] }' """,
    "perl": r"""
        perl -e 'open(my $file, ">>", $ENV{SWEEPFLOW_METRICS});
            print $file "{\"accuracy\": $_}\n" for (0.5, 0.75, 1)' """,
    "Rscript": r"""
        Rscript -e 'for (accuracy in c(0.5, 0.75, 1))
            cat(sprintf("{\"accuracy\": %g}\n", accuracy),
                file = Sys.getenv("SWEEPFLOW_METRICS"), append = TRUE)'
    """,
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_any_language_can_log(language: str, path: Path) -> None:
    if not shutil.which(language):
        pytest.skip(f"{language} is not installed")
    environment = {**os.environ, "SWEEPFLOW_METRICS": str(path)}
    subprocess.run(["bash", "-ec", LANGUAGES[language]], env=environment, check=True)
    assert MetricsFile(path).new() == [{"accuracy": 0.5}, {"accuracy": 0.75}, {"accuracy": 1}]
