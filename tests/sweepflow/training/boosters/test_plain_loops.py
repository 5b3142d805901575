"""Each booster's trials beside a loop that uses the library alone, over the same files and folds."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score

from plain_boosters import (
    CLASSES,
    GRID,
    METRICS,
    SEED,
    TARGETS,
    Loop,
    kept_rounds,
    path_of,
    source,
    write_parts,
)
from sweepflow.data.prepare import prepare
from sweepflow.data.source import DataSource, Validation
from sweepflow.metrics.scorers import objective_of
from sweepflow.training import EstimatorTrial
from sweepflow.training.job import Job

TRIED = GRID[1:3]
STOPPING = {"n_estimators": 100, "early_stopping_rounds": 8}
EVERY_10 = {"parameter": "n_estimators", "step": 10}

each_library = pytest.mark.parametrize("library", CLASSES)
each_target = pytest.mark.parametrize("target", TARGETS)


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("parts")
    write_parts(path)
    return path


class Sweep:
    """The trials of a grid, one after the other."""

    def __init__(self, library, folder, column, fixed, iterations=None, folds=None, metric=None, **options):
        is_classifier, metric = column != "amount", metric or METRICS[column]
        table = DataSource(**source(folder, column))
        data = prepare(table, Validation(), folder / "cache", is_classifier=is_classifier)
        self.trial = EstimatorTrial(
            estimator=path_of(library, column), parameters=fixed, iterations=iterations, **options
        )
        work = {"data": data, "objective": objective_of(metric), "metrics": (), "folds": folds, "seed": SEED}
        self.jobs = [Job(parameters=each, **work) for each in TRIED]
        self.reports = [[] for _ in self.jobs]
        for job, reports in zip(self.jobs, self.reports, strict=True):
            self.trial.train(job, lambda report, to=reports: to.append(report[metric]))

    @property
    def values(self):
        return [reports[-1] for reports in self.reports]

    def refitted(self, rows):
        """The answers of the last one, fitted again on all rows but the test's."""
        model = self.trial.refit(self.jobs[-1], len(self.reports[-1]))
        return model.predict_proba(rows) if hasattr(model[-1], "classes_") else model.predict(rows)


@each_library
@each_target
def test_values_on_the_validation_file_and_the_refit_are_those_of_the_loop(library, target, folder):
    sweep, loop = Sweep(library, folder, target, STOPPING), Loop(library, folder, target)
    plain = [loop.value({**STOPPING, **each}) for each in TRIED]
    assert sweep.values == pytest.approx([value for value, _ in plain], rel=1e-9)
    expected = loop.refitted({**STOPPING, **TRIED[-1]}, plain[-1][1])
    np.testing.assert_allclose(sweep.refitted(loop.rows["test"]), expected, rtol=1e-5)


@each_library
@each_target
def test_values_over_folds_and_the_refit_are_those_of_the_loop(library, target, folder):
    sweep, loop = Sweep(library, folder, target, STOPPING, folds=3), Loop(library, folder, target)
    plain = [loop.over_folds({**STOPPING, **each}, 3) for each in TRIED]
    assert sweep.values == pytest.approx([value for value, _ in plain], rel=1e-9)
    expected = loop.refitted({**STOPPING, **TRIED[-1]}, plain[-1][1])
    np.testing.assert_allclose(sweep.refitted(loop.rows["test"]), expected, rtol=1e-5)


@each_library
@each_target
def test_reports_and_early_stopping_at_once_have_the_values_of_the_loop(library, target, folder):
    sweep, loop = Sweep(library, folder, target, STOPPING, EVERY_10), Loop(library, folder, target)
    for parameters, reports in zip(TRIED, sweep.reports, strict=True):
        asked = {**STOPPING, **parameters}
        # The library's own rounds are an interval of their own, unless one of the others has as many.
        has_own = loop.value(asked)[1] % 10 != 0
        plain = loop.values_by_step(asked, 10, len(reports) - has_own)
        assert reports[: len(plain)] == pytest.approx(plain, rel=1e-9)
        if has_own:
            assert reports[-1] == pytest.approx(loop.value(asked)[0], rel=1e-9)


@each_library
@pytest.mark.parametrize("folds", [None, 3])
def test_a_target_learned_by_its_logarithm_stops_early_and_answers_as_in_the_loop(library, folds, folder):
    sweep = Sweep(library, folder, "amount", STOPPING, folds=folds, target={"transform": "log1p"})
    loop = Loop(library, folder, "amount", is_log=True)
    asked = [{**STOPPING, **each} for each in TRIED]
    plain = [loop.over_folds(each, folds) if folds else loop.value(each) for each in asked]
    assert sweep.values == pytest.approx(
        [value for value, _ in plain], rel=1e-6
    )  # XGBoost answers in single precision
    expected = loop.refitted(asked[-1], plain[-1][1])
    np.testing.assert_allclose(sweep.refitted(loop.rows["test"]), expected, rtol=1e-5)


@each_library
def test_the_threshold_is_the_best_over_the_probabilities_of_the_loop(library, folder):
    sweep = Sweep(library, folder, "label", STOPPING, metric="f1", threshold={"metric": "f1"})
    loop = Loop(library, folder, "label")
    rows, truth = loop.rows["validation"], loop.truth["validation"]
    for parameters, value in zip(TRIED, sweep.values, strict=True):
        model = loop.fit({**STOPPING, **parameters}, loop.rows["train"], loop.truth["train"], rows)
        said = loop.answers(model, rows, loop.rows["train"], kept_rounds(model))[:, 1]
        assert value == pytest.approx(max(f1_score(truth, said >= each) for each in np.unique(said)))
