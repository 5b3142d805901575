from typing import Any

from recorded import recorded, trial
from sweepflow.trials.reasons import failure_lines


def failed(number: int, error: str | None, state: str = "failed") -> dict[str, Any]:
    return trial(number, state, error=error)


def test_the_commonest_reasons_are_told_with_their_counts() -> None:
    rows = [failed(0, "KeyError: 'x'"), trial(1), failed(2, "ValueError: no"), failed(3, "ValueError: no")]
    assert failure_lines(rows) == ("3 trials failed: 2 x ValueError: no; 1 x KeyError: 'x'",)
    assert recorded(rows).result.why_failed == failure_lines(rows)


def test_timeouts_are_told_apart_from_failures() -> None:
    late = "it took longer than limits.trial_timeout, 2 s"
    rows = [failed(0, late, "timed_out"), failed(1, late, "timed_out"), failed(2, None)]
    assert failure_lines(rows) == (
        "1 trial failed: 1 x no reason is on record",
        f"2 trials timed out: 2 x {late}",
    )


def test_many_and_long_reasons_are_cut_and_counted() -> None:
    rows = [failed(number, f"{number}" * 1000) for number in range(5)]
    (line,) = failure_lines(rows)
    assert line.startswith(f"5 trials failed: 1 x {'0' * 300}... (1000 characters); 1 x 1")
    assert line.endswith("; 2 more reasons in the report")


def test_nothing_is_told_where_nothing_failed() -> None:
    assert failure_lines([trial(0), failed(1, "the sweep was stopped", "canceled")]) == ()
