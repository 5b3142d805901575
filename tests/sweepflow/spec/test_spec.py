import json
import math
from copy import deepcopy
from typing import get_args

import pytest

from sweepflow.errors import SpecError
from sweepflow.sampling import GridSampling, RandomSampling
from sweepflow.spec.file import read_spec, set_field, write_spec
from sweepflow.spec.spec import Spec
from sweepflow.training import AnyTrialKind, EstimatorTrial, FunctionTrial
from sweepflow.training.kind import name_of

FIELDS = {
    "data": {"path": "table.csv", "target": "label"},
    "trial": {"estimator": "sklearn.svm.SVC"},
    "search_space": {"C": {"type": "loguniform", "min_value": -3, "max_value": 3}},
    "objective": {"primary_metric": "accuracy", "goal": "maximize"},
    "limits": {"max_total_trials": 4},
}
TEXT = """
data: {path: table.csv, target: label}
trial: {estimator: sklearn.svm.SVC}
search_space:
  C: {type: loguniform, min_value: -3, max_value: 3}
objective: {primary_metric: accuracy, goal: maximize}
limits: {max_total_trials: 4}
"""


def fields(**changes):
    """The usual fields with others in their place; None leaves one out."""
    return {name: value for name, value in {**deepcopy(FIELDS), **changes}.items() if value is not None}


def spec(**changes):
    return Spec.parse(fields(**changes))


def faults(parse):
    """The problems that are raised, by their paths."""
    with pytest.raises(SpecError) as caught:
        parse()
    return {
        path: "; ".join(m for p, m in caught.value.problems if p == path) for path, _ in caught.value.problems
    }


def parse_faults(**changes):
    return faults(lambda: spec(**changes))


def check_faults(*, is_trusted=True, **changes):
    return faults(lambda: spec(**changes).check(is_trusted=is_trusted))


# --- what may be left out


def test_the_smallest_spec_has_the_usual_rest():
    found = spec()
    assert found.sampling_algorithm == RandomSampling()
    assert found.early_termination is None
    assert found.metrics == ()
    assert found.refit is None
    assert found.limits.max_concurrent_trials is None
    found.check(is_trusted=False)


def test_the_type_may_be_left_out_and_is_always_sweep():
    assert spec() == spec(type="sweep")
    assert parse_faults(type="pipeline") == {"type": "must be 'sweep', got 'pipeline'"}


@pytest.mark.parametrize("name", ["trial", "search_space", "objective", "limits"])
def test_what_is_required_is_named(name):
    assert parse_faults(**{name: None}) == {name: "is required"}


def test_an_estimator_and_a_function_are_told_apart_by_their_field():
    assert isinstance(spec().trial, EstimatorTrial)
    assert isinstance(spec(trial={"function": "a.b:train"}).trial, FunctionTrial)
    names = ", ".join(map(name_of, get_args(get_args(AnyTrialKind)[0])))
    assert parse_faults(trial={"no_kind": "x"}) == {"trial": f"must have one of: {names}"}
    assert parse_faults(trial="sklearn.svm.SVC") == {"trial": f"must have one of: {names}"}


# --- letter case, bare names


@pytest.mark.parametrize("given", ["random", "Random", {"type": "RANDOM"}, {"type": "random"}])
def test_a_sampling_algorithm_may_be_a_bare_name_in_any_letter_case(given):
    assert spec(sampling_algorithm=given).sampling_algorithm == RandomSampling()


def test_names_of_policies_goals_and_expressions_may_have_any_letter_case():
    found = spec(
        early_termination={"type": "Bandit", "slack_factor": 0.1},
        objective={"primary_metric": "accuracy", "goal": "Maximize"},
        search_space={"C": {"type": "LogUniform", "min_value": -3, "max_value": 3}},
        compute={"type": "Local"},
    )
    assert found.early_termination.type == "bandit"
    assert found.objective.goal == "maximize"
    assert found.search_space == spec().search_space


# --- unknown fields


@pytest.mark.parametrize(
    ("changes", "path", "nearest"),
    [
        ({"limit": 3}, "limit", "limits"),
        ({"early_terminaton": None, "early_stopping": 1}, "early_stopping", None),
        ({"trial": {"estimator": "sklearn.svm.SVC", "params": {}}}, "trial.params", "parameters"),
        ({"trial": {"function": "a:b", "functon": 1}}, "trial.functon", "function"),
        (
            {"trial": {"estimator": "sklearn.svm.SVC", "iterations": {"epoch": 3, "epochs": 3}}},
            "trial.iterations.epoch",
            "epochs",
        ),
        ({"limits": {"max_trials": 3, "max_total_trials": 3}}, "limits.max_trials", "max_total_trials"),
        (
            {"objective": {"primary_metric": "r2", "goal": "maximize", "gaol": 1}},
            "objective.gaol",
            "goal",
        ),
        ({"sampling_algorithm": {"type": "random", "sed": 1}}, "sampling_algorithm.sed", "seed"),
        (
            {"early_termination": {"type": "bandit", "slack_factor": 1, "delay_evaluations": 5}},
            "early_termination.delay_evaluations",
            "delay_evaluation",
        ),
        (
            {"search_space": {"C": {"type": "uniform", "min_value": 0, "max_value": 1, "max_val": 1}}},
            "search_space.C.max_val",
            "max_value",
        ),
        (
            {"compute": {"type": "local", "thread_per_trial": 2}},
            "compute.thread_per_trial",
            "threads_per_trial",
        ),
        ({"data": {"path": "x.csv", "target": "y", "targt": "y"}}, "data.targt", "target"),
        ({"validation": {"test_sise": 0.2}}, "validation.test_sise", "test_size"),
    ],
)
def test_an_unknown_field_at_any_level_is_a_problem_with_the_nearest_name(changes, path, nearest):
    found = parse_faults(**changes)
    assert list(found) == [path]
    assert f"unknown field '{path.rpartition('.')[2]}'" in found[path]
    if nearest:
        assert f"did you mean '{nearest}'?" in found[path]


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [("serach_space", "search_space"), ("objectve", "objective"), ("date", "data"), ("limts", "limits")],
)
def test_a_field_that_is_missing_because_it_is_misspelt_is_one_problem(misspelt, meant):
    given = {misspelt if name == meant else name: value for name, value in FIELDS.items()}
    message = f"unknown field '{misspelt}'; did you mean '{meant}'?"
    assert faults(lambda: Spec.checked(given, is_trusted=True)) == {misspelt: message}


def test_a_field_whose_name_is_no_string_is_a_problem():
    with pytest.raises(SpecError, match="1"):
        Spec.parse({**FIELDS, 1: 2})


def test_all_mistakes_are_told_at_once_each_with_its_path():
    found = parse_faults(
        limits={"max_total_trials": 0, "timeout": -1},
        objective={"primary_metric": "accuracy", "goal": "best"},
        search_space={"C": {"type": "uniform", "min_value": 1, "max_value": 0}},
        trial={"estimator": 3},
        nonsense=1,
    )
    assert found["limits.max_total_trials"] == "must be >= 1, got 0"
    assert found["limits.timeout"] == "must be > 0, got -1"
    assert found["objective.goal"] == "must be 'maximize' or 'minimize', got 'best'"
    assert found["trial.estimator"] == "must be a string, got 3"
    assert "unknown field 'nonsense'" in found["nonsense"]
    assert any(path.startswith("search_space.C") for path in found)
    assert len(found) == 6


# --- what is checked before the data is read


def test_all_that_shows_before_the_data_is_read_is_told_at_once():
    found = check_faults(
        data=None,
        trial={"estimator": "sklearn.svm.SVC", "parameters": {"kernal": "rbf"}},
        search_space={
            "C": {"type": "uniform", "min_value": 0, "max_value": 1},
            "__x": {"type": "choice", "values": [1]},
        },
        sampling_algorithm="grid",
        objective={"primary_metric": "acuracy", "goal": "maximize"},
        metrics=["f1", "rok_auc"],
    )
    assert set(found) >= {
        *("data", "trial.parameters.kernal", "search_space.C", "objective.primary_metric", "metrics.1"),
    }
    assert "must not begin with two underscores" in found["search_space.__x"]
    assert "has no parameter '__x'" in found["search_space.__x"]
    assert found["data"] == "is required for an estimator"
    assert "did you mean accuracy" in found["objective.primary_metric"]


def test_a_grid_takes_choices_only():
    found = check_faults(
        sampling_algorithm="grid", search_space={"C": {"type": "uniform", "min_value": 0, "max_value": 1}}
    )
    assert list(found) == ["search_space.C"]
    grid = spec(sampling_algorithm="grid", search_space={"C": {"type": "choice", "values": [1, 2]}})
    assert grid.sampling_algorithm == GridSampling()
    grid.check(is_trusted=True)


def test_a_function_needs_no_data_and_may_report_any_metric():
    found = spec(
        data=None,
        trial={"function": "trainer_module_that_lacks:train"},
        objective={"primary_metric": "my_loss", "goal": "minimize"},
    )
    assert list(faults(lambda: found.check(is_trusted=True))) == ["trial.function"]


def test_a_function_from_a_form_is_refused_unless_it_is_allowed(monkeypatch):
    monkeypatch.delenv("SWEEPFLOW_FUNCTION_MODULES", raising=False)
    found = check_faults(is_trusted=False, trial={"function": "os:system"})
    assert "is not allowed in a deployed flow" in found["trial.function"]


def test_a_function_cannot_be_fitted_again():
    found = check_faults(trial={"function": "os:system"}, refit=True)
    assert found["refit"].startswith("must be false for a function")


NESTED = {
    "model": {
        "type": "choice",
        "values": [
            {"kernel": "rbf", "gamma": {"type": "uniform", "min_value": 0, "max_value": 1}},
            {"kernel": "linear"},
        ],
    },
    "C": {"type": "choice", "values": [1]},
}


def test_an_estimator_is_not_told_which_branch_was_drawn():
    drawn = {"model": 0, "kernel": "rbf", "gamma": 0.5, "C": 1}
    assert spec(search_space=NESTED).parameters_for_trial(drawn) == {"kernel": "rbf", "gamma": 0.5, "C": 1}
    function = spec(search_space=NESTED, trial={"function": "a:b"})
    assert function.parameters_for_trial(drawn) == drawn
    spec(search_space=NESTED).check(is_trusted=True)


def test_the_search_space_has_the_base_of_its_sampling_algorithm():
    space = {"lr": {"type": "loguniform", "min_value": -3, "max_value": -1}}
    decimal = spec(search_space=space, sampling_algorithm={"type": "random", "logbase": 10})
    assert decimal.search_space["lr"].ends == pytest.approx((0.001, 0.1))
    assert Spec.parse(decimal.model_dump(mode="json")) == decimal
    natural = spec(search_space=decimal.search_space, sampling_algorithm="bayesian")
    assert natural.search_space["lr"].ends == pytest.approx((math.exp(-3), math.exp(-1)))


def test_a_form_is_told_the_bounds_of_a_seed_in_the_words_of_json_schema():
    models = Spec.model_json_schema()["$defs"].values()
    seeds = [model["properties"]["seed"] for model in models if "seed" in model["properties"]]
    assert len(seeds) == 3
    for seed in seeds:
        (whole, *_) = seed.get("anyOf", [seed])
        assert whole["minimum"] == 0
        assert whole["exclusiveMaximum"] > 0
        assert whole.keys().isdisjoint({"ge", "gt", "le", "lt"})


def test_the_seed_is_recorded_where_none_was_given():
    assert spec().settled(7, 2).sampling_algorithm.seed == 7
    assert spec(sampling_algorithm={"type": "random", "seed": 3}).settled(7, 2).sampling_algorithm.seed == 3
    grid = spec(sampling_algorithm="grid")
    assert grid.settled(7, 2).sampling_algorithm == grid.sampling_algorithm


@pytest.mark.parametrize(
    ("fields", "refit"),
    [
        ({}, True),
        ({"refit": False}, False),
        ({"trial": {"function": "a.b:train"}}, False),
        ({"trial": {"command": "python t.py --C ${{search_space.C}}"}}, False),
    ],
)
def test_an_estimator_is_fitted_again_where_the_spec_does_not_say(fields, refit):
    assert spec(**fields).settled(7, 2).refit is refit


def test_scorers_are_named_with_their_paths():
    found = spec(metrics=["f1", "roc_auc"]).scorers()
    assert found == [("objective.primary_metric", "accuracy"), ("metrics.0", "f1"), ("metrics.1", "roc_auc")]


# --- goals


@pytest.mark.parametrize(
    ("metric", "goal", "told"),
    [
        ("neg_log_loss", "minimize", "write goal: maximize, or primary_metric: log_loss with goal: minimize"),
        ("log_loss", "maximize", "write goal: minimize, or primary_metric: neg_log_loss with goal: maximize"),
        ("accuracy", "minimize", "accuracy is greater where the model is better: write goal: maximize"),
    ],
)
def test_a_goal_that_would_select_the_worst_model_is_refused(metric, goal, told):
    found = check_faults(objective={"primary_metric": metric, "goal": goal})
    assert list(found) == ["objective.goal"]
    assert told in found["objective.goal"]


def test_a_loss_may_be_minimized_or_a_further_metric():
    objective = {"primary_metric": "log_loss", "goal": "minimize"}
    spec(objective=objective, metrics=["brier_score", "neg_log_loss"]).check(is_trusted=False)


# --- notices

BANDIT = {"type": "bandit", "slack_factor": 0.1}
TRUNCATION = {"type": "truncation_selection", "truncation_percentage": 20}
EPOCHS = {"estimator": "sklearn.linear_model.SGDClassifier", "iterations": {"epochs": 5}}
GROWING = {
    "estimator": "sklearn.ensemble.RandomForestClassifier",
    "iterations": {"parameter": "n_estimators"},
}


@pytest.mark.parametrize(
    ("changes", "notice"),
    [
        (
            {
                "objective": {"primary_metric": "accuracy", "goal": "minimize"},
                "trial": {"function": "a:b"},
            },
            "objective.goal: the function may mean something else, but scikit-learn's accuracy is greater "
            "where the model is better: write goal: maximize",
        ),
        (
            {
                "objective": {"primary_metric": "log_loss", "goal": "maximize"},
                "trial": {"function": "a:b"},
            },
            "scikit-learn's log_loss is smaller where the model is better",
        ),
        ({"early_termination": BANDIT}, "bandit saves no time, because a trial reports once"),
        ({"early_termination": {**BANDIT, "delay_evaluation": 2}}, "bandit will never act"),
        (
            {"early_termination": {**BANDIT, "delay_evaluation": 6}, "trial": EPOCHS},
            "bandit will never act, because a trial reports 5 time",
        ),
        (
            {"early_termination": {**BANDIT, "evaluation_interval": 6}, "trial": EPOCHS},
            "bandit will never act",
        ),
        (
            {"search_space": {"C": {"type": "loguniform", "min_value": 1, "max_value": 100}}},
            "search_space.C: loguniform(1, 100) draws from [2.71828, 2.68812e+43]",
        ),
        (
            {"limits": {"max_total_trials": 9, "max_concurrent_trials": 3}},
            "limits.max_concurrent_trials: 3 trials at once, each in a process of its own, share 1 core(s)",
        ),
        (
            {"early_termination": BANDIT, "limits": {"max_total_trials": 1}, "trial": EPOCHS},
            "bandit will never act, because it compares 2 trials or more, and limits.max_total_trials is 1",
        ),
        (
            {
                "early_termination": TRUNCATION,
                "limits": {"max_total_trials": 4},
                "trial": {"function": "a:b"},
            },
            "truncation_selection will never act, because it compares 5 trials or more",
        ),
        (
            {
                "early_termination": "hyperband",
                "limits": {"max_total_trials": 3},
                "trial": {"function": "a:b"},
            },
            "hyperband will never act, because it compares 4 trials or more",
        ),
        ({"stop_when": {"target": 95}}, "stop_when.target: 95 is never reached, for accuracy is at most 1"),
        (
            {"search_space": {"C": {"type": "quniform", "min_value": 1.6, "max_value": 2.4, "q": 2}}},
            "search_space.C: draws hardly anything but 2, because q (2) is too great for the range",
        ),
        (
            {"trial": {"estimator": "sklearn.linear_model.LogisticRegression", "parameters": {"C": 1}}},
            "trial.parameters.C: has no effect, because the search space draws it too",
        ),
    ],
)
def test_what_is_probably_not_meant_gets_a_notice(changes, notice):
    (found,) = spec(**changes).notices(1)
    assert notice in found


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"early_termination": BANDIT, "trial": EPOCHS},
        {"early_termination": {**BANDIT, "delay_evaluation": 5}, "trial": EPOCHS},
        {"early_termination": {**BANDIT, "delay_evaluation": 500}, "trial": GROWING},
        {"early_termination": BANDIT, "trial": {"function": "a:b"}},
        {"objective": {"primary_metric": "loss", "goal": "minimize"}, "trial": {"function": "a:b"}},
        {"objective": {"primary_metric": "log_loss", "goal": "minimize"}, "trial": {"function": "a:b"}},
        {"objective": {"primary_metric": "log_loss", "goal": "minimize"}},
    ],
)
def test_what_is_usual_gets_no_notice(changes):
    assert spec(**changes).notices(1) == []


def test_the_logarithms_base_counts_in_the_notice():
    space = {"C": {"type": "loguniform", "min_value": -5, "max_value": 5}}
    assert spec(search_space=space).notices(1) == []
    (notice,) = spec(search_space=space, sampling_algorithm={"type": "random", "logbase": 1000}).notices(1)
    assert "draws from [1e-15, 1e+15]" in notice


# --- files


def write(folder, text):
    path = folder / "spec.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_holds_the_fields_with_its_paths_made_relative_to_it(tmp_path):
    found = read_spec(write(tmp_path, TEXT))
    assert found == fields(data={"path": str(tmp_path / "table.csv"), "target": "label"})
    assert Spec.parse(found).data.path == str(tmp_path / "table.csv")


@pytest.mark.parametrize("code", ["src", {"path": "src", "copy": False}])
def test_the_code_and_the_inputs_of_a_command_are_relative_to_the_file(code, tmp_path):
    paths = {"a": "a.csv", "b": "../b", "c": "file:./c", "d": "/d", "e": "https://example.org/e"}
    inputs = {name: {"path": path} for name, path in paths.items()}
    given = {"trial": {"command": "ls", "code": code}, "inputs": {**inputs, "n": 3}, "type": "sweep"}
    file = tmp_path / "specs/spec.yml"
    file.parent.mkdir()
    file.write_text(json.dumps(given))
    found = read_spec(file)
    assert (
        found["trial"]["code"] if code == "src" else found["trial"]["code"]["path"]
    ) == f"{file.parent}/src"
    assert {name: found["inputs"][name]["path"] for name in paths} == {
        "a": f"{file.parent}/a.csv",
        "b": f"{tmp_path}/b",
        "c": f"{file.parent}/c",
        "d": "/d",
        "e": "https://example.org/e",
    }
    assert found["inputs"]["n"] == 3


def test_a_file_named_relative_to_the_working_directory_gives_absolute_paths(tmp_path, monkeypatch):
    (tmp_path / "specs").mkdir()
    write(tmp_path / "specs", TEXT.replace("table.csv", "../data/t.csv"))
    monkeypatch.chdir(tmp_path)
    found = read_spec((tmp_path / "specs" / "spec.yml").relative_to(tmp_path))
    assert found["data"]["path"] == str(tmp_path / "data/t.csv")


@pytest.mark.parametrize("path", ["/data/t.csv", "https://host/t.csv", "s3://bucket/t.csv", "~/t.csv"])
def test_other_paths_stay_as_they_are(path, tmp_path):
    assert read_spec(write(tmp_path, TEXT.replace("table.csv", path)))["data"]["path"] == path


@pytest.mark.parametrize("text", ["data: 3", "data: {path: 3}", "data: null", "trial: {}"])
def test_a_file_with_other_data_is_read_and_left_to_the_parser(text, tmp_path):
    with pytest.raises(SpecError, match="objective"):
        Spec.parse(read_spec(write(tmp_path, text)))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1e-3", 0.001), ("1E5", 1e5), ("-2.5e+1", -25.0), ("1", 1), ("1.0", 1.0), ("true", True),
        ("yes", "yes"), ("off", "off"), ("null", None), ("'1'", "1"), ("1e-3x", "1e-3x"), ("012", 12),
    ],
)  # fmt: skip
def test_values_are_those_of_yaml_1_2(written, value, tmp_path):
    found = read_spec(write(tmp_path, f"x: {written}"))["x"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("limits: {a: 1}\nlimits: {a: 2}", 'found duplicate key "limits"'),
        ("a: {b: 1, b: 2}", 'found duplicate key "b"'),
        ("a: [1, 2", "is not valid YAML"),
        ("a: b: c", "is not valid YAML"),
        ("a: b: c", "(line 1, column 5); a text with `: ` in it needs quotes"),
        ("a: {b: ls {c}}", "(line 1, column 11); a text with braces or commas in it needs quotes"),
        ("a: 'python' train.py", "(line 1, column 13); quotes must be around the whole text"),
        ("\ta: 1", "is not valid YAML"),
        ("a:\n\tb: 1", "(line 2, column 1); indent by spaces"),
        ("a: 1\n---\nb: 2", "is not valid YAML"),
        ("a: !!python/object/apply:os.system [ls]", "is not valid YAML"),
        ("a: 2024-13-45", "is not valid YAML: month must be in 1..12"),
        ("a: " + "[" * 5000, "is not valid YAML"),
        ("- a\n- b", "must hold the fields of a sweep"),
        ("just text", "must hold the fields of a sweep"),
        ("", "must hold the fields of a sweep"),
    ],
)
def test_a_file_that_holds_no_spec_is_refused(text, message, tmp_path):
    path = write(tmp_path, text)
    with pytest.raises(SpecError) as caught:
        read_spec(path)
    ((where, found),) = caught.value.problems
    assert where == ""
    assert message in found
    assert str(path) in found


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(SpecError, match=r"there is no file '.*none\.yml'"):
        read_spec(tmp_path / "none.yml")
    with pytest.raises(SpecError, match="cannot be read"):
        read_spec(tmp_path)
    (tmp_path / "latin.yml").write_bytes("description: größer".encode("latin-1"))
    with pytest.raises(SpecError, match="cannot be read"):
        read_spec(tmp_path / "latin.yml")


FULL = {
    **FIELDS,
    "name": "n",
    "display_name": 'a "quoted": {name}',
    "description": "two\nlines, naïve 'quotes' and # no comment",
    "tags": {"team": "x", "1": "2", "true": "no"},
    "data": {
        "path": "/t.csv", "target": "label", "positive_label": "no", "drop": ["id"], "dates": ["day"],
    },
    "validation": {"validation_size": 0.25, "test_size": 0.1, "seed": 4},
    "trial": {
        "estimator": "sklearn.ensemble.RandomForestClassifier",
        "parameters": {"max_features": None, "random_state": 0, "class_weight": "balanced", "x": "1e-3"},
        "iterations": {"parameter": "n_estimators", "step": 20},
    },
    "search_space": {
        "z_last": {"type": "choice", "values": [True, None, 1, 1.5, "1", "yes", "null", "1e-3"]},
        "model": {
            "type": "choice",
            "values": [
                {"kind": None, "depth": {"type": "randint", "upper": 3}},
                {"kind": "line", "depth": 1e-3},
            ],
        },
        "a_first": {"type": "quniform", "min_value": 1e-7, "max_value": 10, "q": 4},
        "n": {"type": "qlognormal", "mu": 0.1, "sigma": 2, "q": 0.5},
    },
    "sampling_algorithm": {"type": "random", "rule": "sobol", "seed": 7, "logbase": 10},
    "metrics": ["f1", "roc_auc"],
    "early_termination": {"type": "bandit", "slack_amount": 1e-9, "delay_evaluation": 3},
    "limits": {"max_total_trials": 20, "max_concurrent_trials": 2, "timeout": 600, "trial_timeout": 0.5},
    "refit": True,
}  # fmt: skip


@pytest.mark.parametrize("changes", [{}, FULL, {"trial": {"function": "a.b:c"}, "data": None}])
def test_a_spec_that_was_written_is_read_as_the_same(changes, tmp_path):
    asked = spec(**changes)
    write_spec(asked, tmp_path / "spec.yml")
    found = Spec.parse(read_spec(tmp_path / "spec.yml"))
    expected = asked
    if asked.data and asked.data.path == "table.csv":
        data = asked.data.model_copy(update={"path": str(tmp_path / "table.csv")})
        expected = asked.model_copy(update={"data": data})
    assert found == expected
    assert list(found.search_space) == list(asked.search_space)
    assert [file.name for file in tmp_path.iterdir()] == ["spec.yml"]


def test_a_spec_goes_through_json_as_the_same():
    asked = spec(**FULL)
    assert Spec.parse(json.loads(asked.model_dump_json())) == asked


# --- --set


@pytest.mark.parametrize(
    ("assignment", "path", "value"),
    [
        ("limits.max_total_trials=50", ("limits", "max_total_trials"), 50),
        ("refit=true", ("refit",), True),
        ("metrics=[f1, roc_auc]", ("metrics",), ["f1", "roc_auc"]),
        ("trial.parameters.gamma=1e-3", ("trial", "parameters", "gamma"), 0.001),
        ("early_termination.type=bandit", ("early_termination", "type"), "bandit"),
        ("description=a=b", ("description",), "a=b"),
        ("early_termination=", ("early_termination",), None),
        ("search_space.C={type: choice, values: [1]}", ("search_space", "C", "values"), [1]),
    ],
)
def test_a_field_is_set_by_its_path(assignment, path, value):
    changed = fields(early_termination=None)
    changed["early_termination"] = None
    set_field(changed, assignment)
    for name in path:
        changed = changed[name]
    assert changed == value
    assert type(changed) is type(value)


def test_setting_a_field_leaves_the_others():
    changed = fields()
    set_field(changed, "limits.timeout=3")
    assert changed == fields(limits={"max_total_trials": 4, "timeout": 3})


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("limits.max_total_trials", "must be FIELD=VALUE, got 'limits.max_total_trials'"),
        ("=3", "must be FIELD=VALUE"),
        ("limits.=3", "must be FIELD=VALUE"),
        ("limits.max_total_trials.x=3", "'max_total_trials' in 'limits.max_total_trials.x' has no fields"),
        ("metrics.0=f1", "'metrics' in 'metrics.0' has no fields"),
        ("refit=[1", "'[1' is not valid YAML"),
        ("name=2024-13-45", "is not valid YAML"),
    ],
)
def test_a_field_that_cannot_be_set_is_a_problem(assignment, message):
    found = faults(lambda: set_field(fields(metrics=["r2"]), assignment))
    assert list(found) == ["--set"]
    assert message in found["--set"]


def test_a_mistake_of_either_kind_is_named_beside_the_others():
    fields = {
        "trial": {"estimator": "sklearn.svm.SCV"},
        "search_space": {"C": {"type": "uniform", "min_value": 0, "max_value": 1}},
        "sampling_algorithm": {"type": "grid"},
        "constraints": ["C < D"],
        "objective": {"primary_metric": "acuracy", "goal": "maximize"},
        "limits": {"max_total_trials": 0},
    }
    with pytest.raises(SpecError) as caught:
        Spec.checked(fields, is_trusted=True)
    assert [problem.path for problem in caught.value.problems] == [
        "limits.max_total_trials",
        "search_space.C",
        "trial.estimator",
        "constraints.0",
        "data",
        "objective.primary_metric",
    ]


def test_none_in_the_place_of_null_is_told():
    told = "got 'None', which is text; write null"
    found = parse_faults(validation={"folds": "None"}, stop_when="None", early_termination="None")
    assert found["validation.folds"] == f"must be a whole number, {told}"
    assert found["stop_when"] == f"must be a mapping, {told}"
    assert found["early_termination"].startswith("unknown type 'None', which is text; write null; known: ")
