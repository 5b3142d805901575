"""A probe of real models on real rows, its five fits in real worker processes."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recorded import ranked_row
from sweepflow.archive.folder import SweepFolder
from sweepflow.models.model_file import save_model
from sweepflow.recurrence import Champion, Probe, ProbeError, probe
from sweepflow.running.preflight import prepare_data
from sweepflow.spec.spec import Spec
from sweepflow.trials.rows import RankedRow

ROWS = [
    ranked_row(number, parameters={"C": c}, value=0.9 - number / 100)
    for number, c in enumerate([1.0, 0.5, 1.0, 2.0, 0.1, 0.01, 4.0])
]
FAILED = ranked_row(9, "failed", parameters={"C": 9.0}, value=0.99)


def write(path: Path, seed: int, weight: float = 1.0, columns: str = "abc") -> None:
    generator = np.random.default_rng(seed)
    table = pd.DataFrame(generator.normal(size=(400, 3)), columns=list(columns))
    signal = table.iloc[:, 0] + weight * table.iloc[:, 1] + generator.normal(0, 0.5, 400)
    table["label"] = np.where(signal > 0, "yes", "no")
    table.to_csv(path, index=False)


def spec_of(path: Path, **changes: Any) -> Spec:
    fields: dict[str, Any] = {
        "data": {"path": str(path), "target": "label"},
        "trial": {"estimator": "sklearn.linear_model.LogisticRegression"},
        "search_space": {"C": {"type": "uniform", "min_value": 0.001, "max_value": 10}},
        "objective": {"primary_metric": "accuracy", "goal": "maximize"},
        "limits": {"max_total_trials": 7, "max_concurrent_trials": 2},
        "on_unchanged_data": "probe",
    }
    return Spec.parse({**fields, **changes})


def probed(
    home: Path,
    rows: list[RankedRow],
    changes: dict[str, Any] | None = None,
    make: Callable[[Any], Any] = lambda model: model,
    **new: Any,
) -> Probe:
    """Of what is made of a model fitted on rows of seed 1, on those of seed 2."""
    path = home / "rows.csv"
    write(path, seed=1)
    spec = spec_of(path, **(changes or {}))
    before = prepare_data(spec, home)
    assert before is not None
    folder = SweepFolder(home, "old").create()
    folder.keep(before)
    job = spec.job({"C": 1.0}, before).model_copy(update={"folds": None})
    save_model(make(spec.trial.train(job, lambda _: None).model), folder.path / "model.skops")
    write(path, seed=2, **new)
    data = prepare_data(spec, home)
    assert data is not None
    champion = Champion("the champion", "old", folder.path / "model.skops")
    return probe(spec, data, champion, rows, home=home, cores=2)


def test_the_five_best_distinct_configurations_are_fitted_and_nothing_stays(tmp_path: Path) -> None:
    found = probed(tmp_path, [*ROWS, FAILED])
    assert found.findings is not None
    rivals = found.findings.rivals
    assert [rival.number for rival in rivals] == [0, 1, 3, 4, 5]  # trial 2 has the parameters of trial 0
    assert all(rival.decision is not None for rival in rivals)
    assert not found.verdict.goes_on
    assert found.findings.n_rows == 80
    assert not list(tmp_path.glob(".probe-*"))


def test_folds_cost_no_further_fits_and_a_fall_is_found_with_them(tmp_path: Path) -> None:
    found = probed(tmp_path, ROWS[:2], {"validation": {"folds": 3}}, weight=-1.0)
    assert found.verdict.goes_on
    assert found.findings is not None
    assert found.findings.fall.has_fallen
    assert all(rival.decision and rival.decision.promote for rival in found.findings.rivals)


def test_a_configuration_that_cannot_be_fitted_is_told(tmp_path: Path) -> None:
    found = probed(tmp_path, [replace(ROWS[0], parameters={"C": -1.0})])
    assert found.verdict.goes_on  # whatever is wrong, a sweep will tell
    assert "none of 1 past configurations could be compared with it" in found.verdict.reason
    assert "InvalidParameterError" in found.verdict.reason


def test_a_champion_that_cannot_be_judged_calls_for_a_sweep(tmp_path: Path) -> None:
    found = probed(tmp_path, ROWS, columns="abd")
    assert found.findings is None
    assert found.verdict.goes_on
    told = (
        "the champion could not be judged on the new data: it cannot predict these rows: columns are missing"
    )
    assert found.verdict.reason.startswith(told)


def test_a_loss_to_be_minimized_is_probed_as_what_it_is(tmp_path: Path) -> None:
    loss = {"objective": {"primary_metric": "log_loss", "goal": "minimize"}}
    rows = [replace(row, value=1 - row.value) for row in ROWS[:2] if row.value is not None]
    found = probed(tmp_path, rows, loss, weight=-1.0)
    assert found.findings is not None
    assert 0 < found.findings.fall.before < found.findings.fall.after
    assert found.findings.fall.has_fallen
    assert all(rival.decision and rival.decision.promote for rival in found.findings.rivals)


def test_a_champion_that_answers_in_other_labels_is_not_compared(tmp_path: Path) -> None:
    def number(model: Any) -> Any:
        model[-1].classes_ = np.array([0, 1])  # as if it had been fitted on these
        return model

    found = probed(tmp_path, ROWS[:1], make=number)
    assert found.findings is None
    assert "the model answers 0, 1, but the target 'label' holds 'no', 'yes': " in found.verdict.reason


def test_a_spec_that_asks_for_no_probe_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    write(path, seed=1)
    spec = spec_of(path, on_unchanged_data="run")
    data = prepare_data(spec, tmp_path)
    assert data is not None
    champion = Champion("the champion", "old", tmp_path / "model.skops")
    with pytest.raises(ProbeError, match="the spec asks for no probe"):
        probe(spec, data, champion, ROWS, home=tmp_path, cores=2)
