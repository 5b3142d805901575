"""Straight lines through the sweeps of `scaling.py`, and what they foretell of larger ones, in Markdown."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import nnls

GROWTH = {
    "flow_ms": "processor time of the flow's process, ms",
    "all_ms": "processor time of all processes, ms",
    "flow_mb": "memory of the flow's process, MB",
    "ledger_mb": "ledger, MB",
    "prefect_mb": "Prefect's database, MB",
    "files_mb": "files of the sweep, MB on disk",
    "report_mb": "report page, MB",
}
WORKERS = {
    "flow_mb": "memory of the flow's process, MB",
    "peak_mb": "memory of all processes, MB",
    "all_ms": "processor time until all have trained four trials, ms",
}
FORETOLD = [(10_000, 1), (100_000, 1), (100_000, 100), (1_000_000, 1), (1_000_000, 100)]
"""Trials, and reports of each."""
MANY_WORKERS = 1000

Point = dict[str, Any]


class Line(NamedTuple):
    """A quantity by trials and reports, or by workers."""

    fixed: float
    slopes: tuple[float, ...]

    def at(self, *sizes: float) -> float:
        return self.fixed + float(np.dot(self.slopes, sizes))


def fitted(sizes: Sequence[Sequence[float]], values: Sequence[float]) -> Line:
    """The line with no negative part and the least sum of squared relative errors."""
    rows = np.column_stack([np.ones(len(values)), np.asarray(sizes, float)])
    scale = rows.max(axis=0)
    found, _ = nnls(rows / scale / np.asarray(values)[:, None], np.ones(len(values)))
    fixed, *slopes = (found / scale).tolist()
    return Line(fixed, tuple(slopes))


def growth_line(points: Sequence[Point], quantity: str) -> Line:
    sizes = [(point["trials"], point["trials"] * point["reports"]) for point in points]
    return fitted(sizes, [point[quantity] for point in points])


def text(found: dict[str, Any]) -> str:
    """All tables of the page."""
    growth, workers = found["growth"], found["workers"]
    lines = {name: growth_line(growth, name) for name in GROWTH}
    by_worker = {
        name: fitted([[point["slots"]] for point in workers], [point[name] for point in workers])
        for name in WORKERS
    }
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    load = f", load before it {found['load']:.1f}" if "load" in found else ""
    return "\n\n".join(
        [
            f"Measured on {found['date']}, {found['cores']} cores{load}; {versions}.",
            _measured(growth),
            "As straight lines:",
            _lines(growth, lines),
            "What they foretell:",
            _foretold(lines),
            "By workers, each a process of this machine, of trials that sleep a second:",
            _workers(workers, by_worker),
            _many_workers(lines, by_worker),
            *(f"Left out: {why}." for why in found.get("failed", [])),
        ]
    )


def _measured(points: Sequence[Point]) -> str:
    heads = ["trials", "reports of each", "seconds", *GROWTH.values()]
    rows = [
        [f"{point['trials']:,}", str(point["reports"]), number(point["seconds"])]
        + [number(point[name]) for name in GROWTH]
        for point in points
    ]
    return _table(heads, rows)


def _lines(points: Sequence[Point], lines: dict[str, Line]) -> str:
    largest = max(points, key=lambda point: (point["reports"] == 1, point["trials"]))
    smaller = [point for point in points if point is not largest]
    heads = ["", "fixed", "a trial", "a report", f"the sweep of {largest['trials']:,} by the smaller ones"]
    rows = []
    for name, words in GROWTH.items():
        line = lines[name]
        foretold = growth_line(smaller, name).at(largest["trials"], largest["trials"] * largest["reports"])
        slopes = [number(slope) for slope in line.slopes]
        rows.append([words, number(line.fixed), *slopes, f"{100 * (foretold / largest[name] - 1):+.0f} %"])
    return _table(heads, rows)


def _foretold(lines: dict[str, Line]) -> str:
    heads = ["trials", "reports of each", "hours of one core in the flow's process"]
    heads += [f"{words.rpartition(', ')[0]}, GB" for name, words in GROWTH.items() if name.endswith("_mb")]
    rows = []
    for n, reports in FORETOLD:
        values = {name: line.at(n, n * reports) for name, line in lines.items()}
        sizes = [number(value / 1000) for name, value in values.items() if name.endswith("_mb")]
        rows.append([f"{n:,}", str(reports), number(values["flow_ms"] / 3.6e6), *sizes])
    return _table(heads, rows)


def _workers(points: Sequence[Point], lines: dict[str, Line]) -> str:
    heads = ["workers", *WORKERS.values()]
    rows = [[str(point["slots"]), *(number(point[name]) for name in WORKERS)] for point in points]
    rows.append(["each more", *(number(lines[name].slopes[0]) for name in WORKERS)])
    rows.append(
        [f"{MANY_WORKERS:,}, by the line", *(number(lines[name].at(MANY_WORKERS)) for name in WORKERS)]
    )
    return _table(heads, rows)


def _many_workers(growth: dict[str, Line], workers: dict[str, Line]) -> str:
    a_trial, a_report = growth["flow_ms"].slopes
    return (
        f"The flow's process uses one core, and of that {a_trial:.1f} ms for each trial and "
        f"{a_report:.2f} ms for each report. So {MANY_WORKERS:,} workers are busy all the time only where a "
        f"trial of one report takes {MANY_WORKERS * (a_trial + a_report) / 1000:.0f} s or more, "
        f"and one of a hundred reports {MANY_WORKERS * (a_trial + 100 * a_report) / 1000:.0f} s, "
        "on a machine with nothing else to do."
    )


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def number(value: float) -> str:
    """Two or three digits, as a person would write them."""
    if value == 0 or value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 0.001 else f"{value:.1g}"
