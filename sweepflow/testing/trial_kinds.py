"""Tests that every kind of trial must pass: subclass TrialKindTests in a test file."""

import json
import pickle
from pathlib import Path
from typing import Annotated, Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from sweepflow.data.source import Validation
from sweepflow.models.model_file import load_model
from sweepflow.space.search_space import SearchSpace, parameter_names
from sweepflow.testing.pools import Recorder
from sweepflow.training import AnyTrialKind
from sweepflow.training.job import Job
from sweepflow.training.kind import ByKind, TrialKind, kind_at, name_of, path_of
from sweepflow.trials.state import TrialState
from sweepflow.workers import LocalCompute, Work

_NESTED = {"branch": {"type": "choice", "values": [{"a": 1}, {"b": 2}]}}


class TrialKindTests:
    """The tests; they need a fixture `trial` of the kind, and a fixture `job` that this trial can train.

    They train it in a real worker, which must be able to import the class and what the trial names.
    """

    @pytest.fixture
    def union(self, trial: TrialKind) -> TypeAdapter[TrialKind]:
        """The kinds that a spec can name, this one among them."""
        members: Any = get_args(AnyTrialKind)[0] | type(trial)
        return TypeAdapter(Annotated[members, ByKind()])

    @pytest.fixture
    def work(self, job: Job, tmp_path: Path) -> Work:
        """The job in a folder of its own."""
        moved = job.model_copy(update={"folder": tmp_path})
        return Work(job=moved, log=tmp_path / "log.txt", model=tmp_path / "model.skops")

    def test_a_trial_survives_json_and_pickle(self, trial: TrialKind, union: TypeAdapter[TrialKind]) -> None:
        assert union.validate_json(union.dump_json(trial)) == trial
        assert union.validate_python(json.loads(json.dumps(trial.model_dump(mode="json")))) == trial
        assert union.validate_python(trial) == trial
        assert pickle.loads(pickle.dumps(trial)) == trial

    def test_a_trial_is_frozen_and_an_unknown_field_is_refused(
        self, trial: TrialKind, union: TypeAdapter[TrialKind]
    ) -> None:
        with pytest.raises(ValueError, match="frozen"):
            setattr(trial, name_of(type(trial)), "other")
        with pytest.raises(ValidationError, match="unknown field 'no_such_field'"):
            union.validate_python({**trial.model_dump(), "no_such_field": 1})

    def test_no_other_kind_has_the_field_that_names_it(self, trial: TrialKind) -> None:
        others = {*get_args(get_args(AnyTrialKind)[0])} - {type(trial)}
        assert [kind for kind in others if name_of(type(trial)) in kind.model_fields] == []

    def test_a_form_shows_the_kind_by_its_name_and_describes_every_field(
        self, trial: TrialKind, union: TypeAdapter[TrialKind]
    ) -> None:
        shown = union.json_schema()["$defs"][type(trial).__name__]
        assert shown["title"] == name_of(type(trial))
        assert shown["description"]
        assert set(trial.paths) <= type(trial).model_fields.keys()
        assert [name for name, field in type(trial).model_fields.items() if not field.description] == []

    def test_people_are_told_what_a_trial_trains(self, trial: TrialKind) -> None:
        assert trial.label.strip()

    def test_what_a_trial_is_not_given_are_names_of_the_space(self, trial: TrialKind) -> None:
        space = TypeAdapter(SearchSpace).validate_python(_NESTED)
        assert trial.hidden(space) <= parameter_names(space)

    def test_what_is_told_of_a_trial_stands_in_the_spec(self, trial: TrialKind) -> None:
        problems = trial.check(frozenset({"no_such_parameter"}), is_trusted=False)
        assert {problem.path.partition(".")[0] for problem in problems} <= {"trial", "search_space"}

    def test_fields_that_are_missing_are_not_looked_at(self, trial: TrialKind) -> None:
        assert list(trial.check_with({})) == []

    def test_a_kind_that_cannot_be_fitted_again_refuses_a_refit(self, trial: TrialKind) -> None:
        refused = [problem.path for problem in trial.check_with({"refit": True, "validation": Validation()})]
        assert refused == ([] if trial.can_fit_again else ["refit"])

    def test_a_worker_finds_the_class(self, trial: TrialKind) -> None:
        assert kind_at(path_of(type(trial))) is type(trial)

    def test_a_trial_reports_the_primary_metric_and_its_model_can_be_read(
        self, trial: TrialKind, work: Work
    ) -> None:
        judge = Recorder(keep=True)
        with LocalCompute().pool(trial, 1, 1, work.log.with_name("workers.log")) as pool:
            end = pool.run(work, judge.judge)
        assert end.state is TrialState.COMPLETED, f"{end.reason}\n{work.log.read_text()}"
        assert end.reason is None
        values = [report[work.job.objective.primary_metric] for report in judge.reports]
        assert values
        assert all(isinstance(value, float) for value in values)
        if work.model.exists():
            load_model(work.model, trusted_modules=trial.own_modules)

    def test_a_trial_can_be_stopped_at_its_first_report(self, trial: TrialKind, work: Work) -> None:
        judge = Recorder(stop_at=1)
        with LocalCompute().pool(trial, 1, 1, work.log.with_name("workers.log")) as pool:
            end = pool.run(work, judge.judge)
        assert (end.state, end.is_lost, len(judge.reports)) == (TrialState.COMPLETED, False, 1)

    def test_a_kind_that_can_be_fitted_again_gives_models(self, trial: TrialKind, work: Work) -> None:
        for fit in (trial.refit, trial.fit_again):
            if trial.can_fit_again:
                assert hasattr(fit(work.job, 1), "predict")
            else:
                with pytest.raises(NotImplementedError):
                    fit(work.job, 1)
