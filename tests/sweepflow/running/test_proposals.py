"""Which parameters each trial gets where some are asked for out of turn."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledgers import ledger_of
from sweepflow.ledger.ledger import Ledger
from sweepflow.running.monitor import Monitor
from sweepflow.running.preview import preview
from sweepflow.running.proposals import Proposals
from sweepflow.running.resumption import resumption
from sweepflow.spec.spec import Spec
from sweepflow.trials.history import History
from sweepflow.trials.parameters import Parameters
from sweepflow.trials.state import TrialEnd, TrialState

U = {"type": "uniform", "min_value": 0, "max_value": 1}
DIGITS = {"type": "choice", "values": [0, 1, 2, 3, 4, 5]}
SAMPLINGS: list[Any] = [
    {"type": "random", "seed": 1},
    {"type": "random", "seed": 1, "rule": "sobol"},
    {"type": "bayesian", "seed": 1},
]


def spec_of(space: Any, sampling: Any = "grid", **fields: Any) -> Spec:
    asked = {
        "trial": {"function": "trainers:act"},
        "search_space": {"x": space},
        "sampling_algorithm": sampling,
        "objective": {"primary_metric": "score", "goal": "maximize"},
        "limits": {"max_total_trials": 9},
    }
    return Spec.parse({**asked, **fields})


def asked(spec: Spec, *firsts: Any, known: tuple[Any, ...] = ()) -> list[Any]:
    """The x of each trial that is asked for, up to nine; `known` are those asked before an interrupt."""
    history = History(spec.objective)
    for number, x in enumerate(known):
        history.add(number, {"x": x})
    proposals = Proposals(spec, [{"x": x} for x in firsts])
    while len(history) < 9 and (parameters := proposals.propose(history, len(history))) is not None:
        history.add(len(history), parameters)
    return [trial.parameters["x"] for trial in history]


@pytest.mark.parametrize(
    ("firsts", "expected"),
    [
        ((), [0, 1, 2, 3, 4, 5]),
        ((3,), [3, 0, 1, 2, 4, 5]),
        ((0,), [0, 1, 2, 3, 4, 5]),
        ((4, 1), [4, 1, 0, 2, 3, 5]),
        ((1, 0), [1, 0, 2, 3, 4, 5]),
        ((1, 2), [1, 2, 0, 3, 4, 5]),
        ((5, 5), [5, 0, 1, 2, 3, 4]),
    ],
)
def test_in_a_grid_the_others_move_up_and_each_is_tried_once(
    firsts: tuple[int, ...], expected: list[int]
) -> None:
    assert asked(spec_of(DIGITS), *firsts) == expected


@pytest.mark.parametrize("firsts", [(9,), (9, 3)])
def test_in_a_grid_what_is_no_combination_comes_beside_all_of_them(firsts: tuple[int, ...]) -> None:
    rest = [digit for digit in range(6) if digit not in firsts]
    assert asked(spec_of(DIGITS), *firsts) == [*firsts, *rest]


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_on_choices_alone_what_is_outside_takes_the_place_of_none(sampling: Any) -> None:
    found = asked(spec_of(DIGITS, sampling), 9)
    assert found[0] == 9
    assert sorted(found[1:]) == [0, 1, 2, 3, 4, 5]


def test_in_a_grid_with_constraints_the_numbers_are_those_of_the_allowed() -> None:
    spec = spec_of(DIGITS, constraints=["x != 1", "x != 4"])
    assert asked(spec, 5, 2) == [5, 2, 0, 3]


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_on_choices_alone_every_other_sampling_tries_each_once_too(sampling: Any) -> None:
    found = asked(spec_of(DIGITS, sampling), 4, 1)
    assert found[:2] == [4, 1]
    assert sorted(found) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_a_draw_keeps_its_number(sampling: Any) -> None:
    spec = spec_of(U, sampling)
    alone = asked(spec)
    assert asked(spec, 0.25) == [0.25, *alone[1:]]
    assert asked(spec, 0.25, 0.5) == [0.25, 0.5, *alone[2:]]


@pytest.mark.parametrize("sampling", ["grid", *SAMPLINGS])
@pytest.mark.parametrize("n_known", range(7))
def test_it_goes_on_after_any_trial_as_if_nothing_had_happened(sampling: Any, n_known: int) -> None:
    spec = spec_of(DIGITS, sampling)
    whole = asked(spec, 3, 1)
    assert asked(spec, 3, 1, known=tuple(whole[:n_known])) == whole


@pytest.mark.parametrize("sampling", SAMPLINGS[:2])
def test_a_draw_does_not_depend_on_what_has_ended_by_then(sampling: Any) -> None:
    spec = spec_of(U, sampling)
    history = History(spec.objective)
    for number, x in enumerate(asked(spec, 0.25)[:4]):
        history.add(number, {"x": x})
        history.move(number, TrialState.FAILED)
    assert Proposals(spec, [{"x": 0.25}]).propose(history, 4) == {"x": asked(spec, 0.25)[4]}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with ledger_of(tmp_path) as ledger:
        yield ledger


def run_sweep(ledger: Ledger, sweep_id: str, spec: Spec, xs: list[int]) -> None:
    """Record trials that are worth their x; on top of those that are there."""
    monitor = Monitor(ledger, sweep_id, spec.objective, None)
    for number, x in enumerate(xs, start=len(ledger.trials(sweep_id))):
        monitor.queue(number, {"x": x})
        monitor.start(number)
        monitor.report(number, {"score": float(x)})
        monitor.end(number, TrialEnd(TrialState.COMPLETED, None, 1.0))


def begin(ledger: Ledger, sweep_id: str, **fields: Any) -> Spec:
    spec = spec_of(DIGITS, **fields)
    ledger.start_sweep(sweep_id, spec.model_dump(mode="json"))
    return spec


def firsts(ledger: Ledger, sweep_id: str, spec: Spec) -> tuple[Parameters, ...]:
    return resumption(ledger, sweep_id, spec).first_parameters


def test_the_baseline_is_asked_for_first(ledger: Ledger) -> None:
    spec = begin(ledger, "s", baseline={"x": 2})
    assert firsts(ledger, "s", spec) == ({"x": 2},)
    run_sweep(ledger, "s", spec, [2, 0])
    found = [each["x"] for each in firsts(ledger, "s", spec)]
    assert asked(spec, *found, known=(2, 0)) == [2, 0, 1, 3, 4, 5]


def test_the_baseline_comes_after_the_best_of_a_warm_start_and_that_stays_so(ledger: Ledger) -> None:
    old = begin(ledger, "old")
    run_sweep(ledger, "old", old, [0, 3])
    spec = begin(ledger, "s", baseline={"x": 2}, warm_start=["old"])
    assert firsts(ledger, "s", spec) == ({"x": 3}, {"x": 2})
    run_sweep(ledger, "s", spec, [3])
    run_sweep(ledger, "old", old, [5])  # it has gone on, and found a better one
    assert firsts(ledger, "s", spec) == ({"x": 3}, {"x": 2})


def test_where_the_two_are_the_same_it_is_tried_once_whatever_an_earlier_sweep_does(ledger: Ledger) -> None:
    old = begin(ledger, "old")
    run_sweep(ledger, "old", old, [0, 2])
    spec = begin(ledger, "s", baseline={"x": 2}, warm_start=["old"])
    assert asked(spec, *(each["x"] for each in firsts(ledger, "s", spec))) == [2, 0, 1, 3, 4, 5]
    run_sweep(ledger, "s", spec, [2])
    run_sweep(ledger, "old", old, [5])
    found = [each["x"] for each in firsts(ledger, "s", spec)]
    assert asked(spec, *found, known=(2,)) == [2, 0, 1, 3, 4, 5]


FOREST = {
    "trial": {"estimator": "sklearn.ensemble.RandomForestClassifier"},
    "search_space": {"max_depth": {"type": "choice", "values": [2, 3, 4, 5]}},
    "data": {"path": "t.csv", "target": "y"},
    "objective": {"primary_metric": "score", "goal": "maximize"},
}


def test_the_defaults_are_trial_0_before_the_best_of_a_warm_start_and_stay_so(ledger: Ledger) -> None:
    old = spec_of(DIGITS, **FOREST)
    ledger.start_sweep("old", old.model_dump(mode="json"))
    monitor = Monitor(ledger, "old", old.objective, None)
    for number, depth in enumerate((2, 4)):
        monitor.queue(number, {"max_depth": depth})
        monitor.start(number)
        monitor.report(number, {"score": float(depth)})
        monitor.end(number, TrialEnd(TrialState.COMPLETED, None, 1.0))
    spec = spec_of(DIGITS, **FOREST, warm_start=["old"]).settled(7, 2)
    ledger.start_sweep("s", spec.model_dump(mode="json"))
    assert firsts(ledger, "s", spec) == ({"max_depth": None}, {"max_depth": 4})
    own = Monitor(ledger, "s", spec.objective, None)
    own.queue(0, {"max_depth": None})
    assert firsts(ledger, "s", spec) == ({"max_depth": None}, {"max_depth": 4})
    own.queue(1, {"max_depth": 4})
    monitor.queue(2, {"max_depth": 5})
    monitor.start(2)
    monitor.report(2, {"score": 9.0})
    monitor.end(2, TrialEnd(TrialState.COMPLETED, None, 1.0))
    assert firsts(ledger, "s", spec) == ({"max_depth": None}, {"max_depth": 4})


def test_a_preview_shows_the_baseline_first() -> None:
    assert [drawn["x"] for drawn in preview(spec_of(DIGITS, baseline={"x": 4}))["samples"]] == [
        4, 0, 1, 2, 3, 5,
    ]  # fmt: skip
