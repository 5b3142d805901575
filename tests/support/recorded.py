"""Recorded sweeps made of plain lists, for tests of what is shown of a sweep."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from sweepflow.archive.ranking import ranked
from sweepflow.archive.sweep import Sweep
from sweepflow.result import SelectedModel
from sweepflow.spec.spec import Spec
from sweepflow.trials.rows import MetricRow, RankedRow, TrialRow
from sweepflow.trials.state import SweepState, TrialState

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

SPACE: dict[str, Any] = {
    "lr": {"type": "loguniform", "min_value": -6, "max_value": 0},
    "depth": {"type": "choice", "values": [1, 2, 3, 4]},
    "kind": {"type": "choice", "values": ["tree", "linear", None, True]},
    "model": {
        "type": "choice",
        "values": [
            {"name": "svm", "C": {"type": "loguniform", "min_value": -3, "max_value": 5}},
            {"name": "forest", "trees": {"type": "quniform", "min_value": 10, "max_value": 500, "q": 10}},
        ],
    },
}


def spec_of(space: Mapping[str, Any] = SPACE, **fields: Any) -> Spec:
    """A spec whose primary metric is auc."""
    all_fields = {
        "trial": {"function": "trainers:train"},
        "search_space": space,
        "objective": {"primary_metric": "auc", "goal": "maximize"},
        "limits": {"max_total_trials": 1000, "max_concurrent_trials": 4},
        **fields,
    }
    return Spec.parse(all_fields).settled(7, 2)


def trial(number: int, state: str = "completed", **fields: Any) -> TrialRow:
    """A row of the ledger: the trial began `number` seconds after noon and took two seconds."""
    return TrialRow(**_trial(number, state) | fields)


def ranked_row(number: int, state: str = "completed", **fields: Any) -> RankedRow:
    """A row of the leaderboard: as `trial`, with no value and no metrics unless the fields give them."""
    outcome = {"value": None, "best_interval": None, "intervals": 0, "metrics": {}}
    return RankedRow(**_trial(number, state) | outcome | fields)


def _trial(number: int, state: str) -> dict[str, Any]:
    return {
        "sweep_id": "a-sweep",
        "number": number,
        "state": TrialState(state),
        "parameters": {},
        "started": NOON + timedelta(seconds=number),
        "ended": NOON + timedelta(seconds=number + 2),
        "seconds": 2.0,
        "error": None,
    }


def metric_row(
    number: int, value: float | None, interval: int = 1, name: str = "auc", time: datetime = NOON
) -> MetricRow:
    """One value of a trial's report."""
    return MetricRow(
        id=0, sweep_id="a-sweep", number=number, name=name, interval=interval, value=value, time=time
    )


def curve(number: int, *values: float, name: str = "auc") -> list[MetricRow]:
    """A trial's reports."""
    return [metric_row(number, value, interval, name) for interval, value in enumerate(values, start=1)]


def recorded(
    trials: Sequence[TrialRow],
    reports: Sequence[MetricRow] = (),
    spec: Spec | None = None,
    **fields: Any,
) -> Sweep:
    """A sweep that has completed with these rows."""
    spec = spec or spec_of()
    rows = ranked(trials, reports, spec.trial_objective, spec.require)
    sweep_fields = {"state": SweepState.COMPLETED, "error": None, "data_fingerprint": None, "started": NOON}
    ended = NOON + timedelta(seconds=len(trials) + 2)
    folder = Path("no-such-folder")
    sweep_fields |= {"ended": ended, "folder": folder, "id": "a-sweep", "selected": SelectedModel(), **fields}
    sweep_fields.setdefault("seconds", ((sweep_fields["ended"] or ended) - NOON).total_seconds())
    return Sweep(spec=spec, rows=rows, reports=list(reports), **sweep_fields)


def drawn(generator: np.random.Generator) -> dict[str, Any]:
    """Parameters from SPACE."""
    parameters: dict[str, Any] = {
        "lr": float(np.exp(generator.uniform(-6, 0))),
        "depth": int(generator.integers(1, 5)),
        "kind": ["tree", "linear", None, True][generator.integers(4)],
        "model": int(generator.integers(2)),
    }
    if parameters["model"] == 0:
        return {**parameters, "name": "svm", "C": float(np.exp(generator.uniform(-3, 5)))}
    return {**parameters, "name": "forest", "trees": int(generator.integers(1, 51)) * 10}


def large_sweep(n_trials: int = 1000, n_intervals: int = 100) -> Sweep:
    """Trials in every state on four slots; learning rate and depth decide, a third is stopped early."""
    generator = np.random.default_rng(0)
    trials, reports, free = [], [], [0.0] * 4
    for number in range(n_trials):
        parameters = drawn(generator)
        distance = abs(math.log(parameters["lr"]) + 2.5) / 4 + abs(parameters["depth"] - 3) / 6
        state = ["completed", "terminated", "completed"][number % 3]
        n = n_intervals if state == "completed" else 1 + int(n_intervals * generator.beta(1, 3))
        error = None
        if number % 37 == 5:
            state, n, error = "failed", 0, "ValueError: no good"
        elif number % 101 == 7:
            state, n, error = "timed_out", n // 2, "it ran for longer than limits.trial_timeout (60 s)"
        steps = np.arange(1, n + 1)
        noise = generator.normal(0, 0.004, n).cumsum() / np.sqrt(steps)
        values = 0.95 - 0.3 * distance - 0.25 * np.exp(-steps / 15) + noise
        reports += curve(number, *values.round(7).tolist())
        reports += curve(number, *np.exp(-values).tolist()[-1:], name="loss")
        slot = free.index(min(free))
        started, free[slot] = free[slot], free[slot] + 0.05 + 0.02 * n
        times = {"started": NOON + timedelta(seconds=started), "ended": NOON + timedelta(seconds=free[slot])}
        trials.append(trial(number, state, parameters=parameters, error=error, seconds=0.02 * n, **times))
    return recorded(
        trials,
        reports,
        spec_of(early_termination={"type": "median_stopping"}, display_name="A large sweep"),
        ended=NOON + timedelta(seconds=max(free)),
        data_fingerprint="abc123",
        selected=SelectedModel(test_metrics={"auc": {"value": 0.93, "low": 0.91, "high": 0.95}}),
    )


HOSTILE = [
    "<b>bold</b>",
    "<script>window.hacked = 1</script>",
    "</script><script>window.hacked = 2</script>",
    "<img src=x onerror='window.hacked = 3'>",
    "<a href='http://example.com/'>link</a>",
    "a<br>b &lt;i&gt; &amp; %{x} $x^2$",
]


def hostile_sweep() -> Sweep:
    """Trials with markup in everything that a user can name: values, metrics, errors, labels."""
    metric = "auc <b>x</b></script>"
    space = {
        "text": {"type": "choice", "values": HOSTILE},
        "lr": {"type": "uniform", "min_value": 0, "max_value": 1},
        "depth": {"type": "choice", "values": [1, 2]},
    }
    trials, reports = [], []
    for number in range(24):
        state = "failed" if number % 8 == 7 else "terminated" if number % 4 == 1 else "completed"
        parameters = {"text": HOSTILE[number % 6], "lr": number / 24, "depth": 1 + number % 2}
        error = HOSTILE[number % 6] if state != "completed" else None
        trials.append(trial(number, state, parameters=parameters, error=error))
        reports += curve(number, number / 30, number / 25, name=metric)
        reports += curve(number, 1.0, name="<i>other</i>")
    objective = {"primary_metric": metric, "goal": "maximize"}
    names = {"display_name": HOSTILE[1], "description": HOSTILE[2], "tags": {HOSTILE[0]: HOSTILE[3]}}
    spec = spec_of(space, objective=objective, early_termination={"type": "median_stopping"}, **names)
    test = {metric: {"value": 0.5, "low": 0.4, "high": 0.6}}
    selected = SelectedModel(test_metrics=test, notice=HOSTILE[3])
    return recorded(trials, reports, spec, selected=selected, error=HOSTILE[3])
