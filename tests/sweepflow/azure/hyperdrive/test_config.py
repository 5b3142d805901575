"""HyperDrive's configuration becomes a spec that is valid, or is refused in a sentence."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ledgers import ledger_of
from sweepflow.azure.hyperdrive import expressions as e
from sweepflow.azure.hyperdrive.config import HyperDriveConfig, HyperDriveRunConfig, PrimaryMetricGoal
from sweepflow.azure.hyperdrive.policies import (
    BanditPolicy,
    MedianStoppingPolicy,
    NoTerminationPolicy,
    TruncationSelectionPolicy,
)
from sweepflow.azure.hyperdrive.refusal import NotebookError
from sweepflow.azure.hyperdrive.samplings import (
    BayesianParameterSampling,
    GridParameterSampling,
    RandomParameterSampling,
)
from sweepflow.azure.hyperdrive.script import Estimator, ScriptRunConfig
from sweepflow.azure.hyperdrive.single import script_fields
from sweepflow.errors import SpecError
from sweepflow.spec.spec import Spec


@pytest.fixture(autouse=True)
def _in_a_folder_with_a_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text("")


def config(space: Any = None, **changes: Any) -> HyperDriveConfig:
    usual = {
        "run_config": ScriptRunConfig(source_directory=".", script="train.py"),
        "hyperparameter_sampling": RandomParameterSampling(space or {"--C": e.uniform(0.1, 1)}),
        "primary_metric_name": "Accuracy",
        "primary_metric_goal": PrimaryMetricGoal.MAXIMIZE,
        "max_total_runs": 4,
    }
    return HyperDriveConfig(**{**usual, **changes})


def spec(made: HyperDriveConfig, **inputs: str) -> Spec:
    return Spec.checked(made.fields(inputs), is_trusted=True)


@pytest.mark.parametrize(
    ("expression", "fields"),
    [
        (e.choice(1, 2), {"type": "choice", "values": [1, 2]}),
        (e.choice([1, 2]), {"type": "choice", "values": [1, 2]}),
        (e.choice(range(1, 4)), {"type": "choice", "values": [1, 2, 3]}),
        (e.choice(np.array([1, 2])), {"type": "choice", "values": [1, 2]}),
        (e.choice("rbf"), {"type": "choice", "values": ["rbf"]}),
        (e.randint(5), {"type": "randint", "upper": 5}),
        (e.uniform(0.1, 1), {"type": "uniform", "min_value": 0.1, "max_value": 1}),
        (e.quniform(1, 9, 2), {"type": "quniform", "min_value": 1, "max_value": 9, "q": 2}),
        (e.loguniform(-6, -1), {"type": "loguniform", "min_value": -6, "max_value": -1}),
        (e.qloguniform(1, 3, 1), {"type": "qloguniform", "min_value": 1, "max_value": 3, "q": 1}),
        (e.normal(10, 3), {"type": "normal", "mu": 10, "sigma": 3}),
        (e.qnormal(10, 3, 2), {"type": "qnormal", "mu": 10, "sigma": 3, "q": 2}),
        (e.lognormal(1, 0.5), {"type": "lognormal", "mu": 1, "sigma": 0.5}),
        (e.qlognormal(1, 0.5, 1), {"type": "qlognormal", "mu": 1, "sigma": 0.5, "q": 1}),
    ],
)
def test_each_expression_is_one_of_a_spec(expression: Any, fields: Any) -> None:
    assert expression == fields
    assert list(spec(config({"x": expression})).search_space) == ["x"]


def test_values_of_numpy_stay_whole_numbers() -> None:
    values = e.choice(list(np.arange(50, 151, 50)))["values"]
    assert values == [50, 100, 150]
    assert {type(value) for value in values} == {int}


@pytest.mark.parametrize(
    ("sampling", "kind"),
    [
        (RandomParameterSampling, "random"),
        (GridParameterSampling, "grid"),
        (BayesianParameterSampling, "bayesian"),
    ],
)
def test_each_sampling_is_one_of_a_spec(sampling: Any, kind: str) -> None:
    made = config(hyperparameter_sampling=sampling({"--x": e.choice(1, 2)}))
    assert spec(made).sampling_algorithm.type == kind


def test_a_seed_and_a_rule_are_among_the_properties() -> None:
    sampling = RandomParameterSampling({"x": e.uniform(0, 1)}, properties={"seed": 7, "rule": "sobol"})
    made = spec(config(hyperparameter_sampling=sampling)).sampling_algorithm
    assert made.model_dump()["seed"] == 7
    assert made.model_dump()["rule"] == "sobol"


@pytest.mark.parametrize(
    ("policy", "fields"),
    [
        (BanditPolicy(2, 0.1), {"type": "bandit", "slack_factor": 0.1, "evaluation_interval": 2}),
        (BanditPolicy(slack_amount=0.2, delay_evaluation=5), {"type": "bandit", "delay_evaluation": 5}),
        (MedianStoppingPolicy(), {"type": "median_stopping", "evaluation_interval": 1}),
        (TruncationSelectionPolicy(20), {"type": "truncation_selection", "truncation_percentage": 20}),
    ],
)
def test_each_policy_is_one_of_a_spec(policy: Any, fields: dict[str, Any]) -> None:
    made = spec(config(policy=policy)).early_termination
    assert made is not None
    assert fields.items() <= made.model_dump().items()


@pytest.mark.parametrize("policy", [None, NoTerminationPolicy()])
def test_without_a_policy_nothing_is_stopped_early(policy: Any) -> None:
    assert spec(config(policy=policy)).early_termination is None


@pytest.mark.parametrize(
    ("key", "option", "name"),
    [
        ("C", "--C", "C"),
        ("--C", "--C", "C"),
        ("--learning-rate", "--learning-rate", "learning_rate"),
        ("-lr", "-lr", "lr"),
        ("optim.lr", "--optim.lr", "optim_lr"),
    ],
)
def test_a_parameter_reaches_the_script_under_the_name_that_was_given(
    key: str, option: str, name: str
) -> None:
    made = spec(config({key: e.uniform(0, 1)}))
    assert made.trial.model_dump()["command"] == f"python train.py {option} ${{{{search_space.{name}}}}}"
    assert list(made.search_space) == [name]


def test_names_that_differ_by_punctuation_only_are_refused() -> None:
    with pytest.raises(NotebookError, match="would both be 'a_b'"):
        config({"--a-b": e.uniform(0, 1), "--a_b": e.uniform(0, 1)}).fields({})


def test_arguments_come_before_what_is_drawn_each_as_one_word() -> None:
    script = ScriptRunConfig(".", "train.py", arguments=["--note", "two; words", "--reg", 0.1])
    command = spec(config(run_config=script)).trial.model_dump()["command"]
    assert command == "python train.py --note 'two; words' --reg 0.1 --C ${{search_space.C}}"


class Table:
    """A data set, as far as an argument needs it."""

    def __init__(self, path: Path, name: str | None = None) -> None:
        self.path, self.name = path, name

    @property
    def local_paths(self) -> list[Path]:
        return [self.path]


def test_a_data_set_among_the_arguments_is_an_input(tmp_path: Path) -> None:
    (tmp_path / "bank.csv").write_text("a\n1\n")
    named = SimpleNamespace(name="training data", dataset=Table(tmp_path / "bank.csv"))
    script = ScriptRunConfig(".", "train.py", arguments=["--data", named, "--folder", Table(tmp_path, "all")])
    made = spec(config(run_config=script))
    command = made.trial.model_dump()["command"]
    assert command.startswith("python train.py --data ${{inputs.training_data}} --folder ${{inputs.all}} --C")
    inputs = made.model_dump()["inputs"]
    assert inputs["training_data"]["path"] == str(tmp_path / "bank.csv")
    assert inputs["training_data"]["type"] == "uri_file"
    assert inputs["all"]["type"] == "uri_folder"


def test_what_the_notebook_has_mapped_is_an_input_too(tmp_path: Path) -> None:
    made = spec(config(), **{"bank marketing.csv": str(tmp_path / "train.py")})
    assert list(made.model_dump()["inputs"]) == ["bank_marketing_csv"]


def test_an_estimator_names_its_script_and_parameters(tmp_path: Path) -> None:
    parameters = {"--folder": Table(tmp_path, "images"), "--reg": 0.5, "--verbose": ""}
    estimator = Estimator(
        ".",
        entry_script="train.py",
        script_params=parameters,
        compute_target="cluster",
        pip_packages=["x"],
        environment_variables={"A": 1},
    )
    made = spec(config(run_config=None, estimator=estimator)).trial.model_dump()
    assert made["command"] == (
        "python train.py --folder ${{inputs.images}} --reg 0.5 --verbose --C ${{search_space.C}}"
    )
    assert made["environment_variables"] == {"A": "1"}


def test_the_older_configuration_takes_the_estimator_first() -> None:
    estimator = Estimator(".", entry_script="train.py")
    sampling = RandomParameterSampling({"C": e.uniform(0, 1)})
    made = HyperDriveRunConfig(estimator, sampling, "loss", "Minimize", 3, max_concurrent_runs=2)
    made_spec = spec(made)
    assert made_spec.objective.goal == "minimize"
    assert made_spec.limits.max_concurrent_trials == 2


def test_limits_are_in_our_units() -> None:
    script = ScriptRunConfig(".", "train.py", max_run_duration_seconds=90)
    limits = spec(config(run_config=script, max_concurrent_runs=3, max_duration_minutes=2)).limits
    assert (limits.max_total_trials, limits.max_concurrent_trials) == (4, 3)
    assert (limits.timeout, limits.trial_timeout) == (120, 90)
    usual = spec(config()).limits
    assert (usual.timeout, usual.trial_timeout, usual.max_concurrent_trials) == (None, None, None)


def test_one_run_of_a_script_is_a_sweep_of_one_trial_that_says_when_the_script_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "train.py").write_text("import sys; print(sys.argv[1:]); sys.exit(int(sys.argv[2]))")
    monkeypatch.setenv("SWEEPFLOW_METRICS", str(tmp_path / "metrics.jsonl"))

    def run_with(code: int) -> tuple[str, bool]:
        script = ScriptRunConfig(".", "train.py", arguments=["--code", code])
        made = Spec.checked(script_fields(script, {}), is_trusted=True)
        assert made.limits.max_total_trials == 1
        command = ["bash", "-c", made.trial.model_dump()["command"]]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout.strip(), done.returncode == 0

    assert run_with(1) == ("['--code', '1']", False)
    assert not (tmp_path / "metrics.jsonl").exists()
    assert run_with(0) == ("['--code', '0']", True)
    assert (tmp_path / "metrics.jsonl").read_text() == '{"script_ended": 1}\n'


def test_a_run_to_resume_from_must_be_on_record(home: Path) -> None:
    earlier = SimpleNamespace(id="HD_0")
    with pytest.raises(NotebookError, match="resume_from: there is no run 'HD_0' on record"):
        config(resume_from=[earlier]).fields({})
    with ledger_of(home) as ledger:
        ledger.start_sweep("s0", config().fields({}) | {"name": "HD_0"})
    assert spec(config(resume_from=earlier)).warm_start == ("s0",)


def test_a_script_that_lies_beside_the_notebook_is_found_and_that_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "training").mkdir()  # which the classic notebook makes, and leaves to be filled by hand
    script = ScriptRunConfig("training", "train.py")
    assert spec(config(run_config=script)).trial.model_dump()["code"]["path"] == str(tmp_path)
    told = f"note: there is no 'train.py' in 'training': the one in '{tmp_path}' is used"
    assert capsys.readouterr().out.strip() == told


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: config(run_config=None), "one of run_config and estimator"),
        (lambda: config(run_config=None, pipeline=object()), "a pipeline cannot be tuned"),
        (lambda: config(run_config="train.py").fields({}), "needs a ScriptRunConfig, got str"),
        (lambda: ScriptRunConfig(".", "tran.py").trial([]), "there is no script 'tran.py' in"),
        (lambda: ScriptRunConfig("./nowhere", "tran.py").trial([]), "there is no source_directory"),
        (lambda: ScriptRunConfig(".").trial([]), "needs a script"),
        (lambda: RandomParameterSampling(["--C"]), "RandomParameterSampling needs a mapping"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_run_is_refused_in_a_sentence(make: Any, message: str) -> None:
    with pytest.raises(NotebookError, match=message):
        make()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"policy": BanditPolicy()}, "exactly one of slack_factor and slack_amount"),
        ({"max_total_runs": 0}, "limits.max_total_trials"),
        ({"hyperparameter_sampling": GridParameterSampling({"C": e.uniform(0, 1)})}, "choice"),
        ({"hyperparameter_sampling": RandomParameterSampling({"C": e.uniform(1, 0)})}, "search_space.C"),
    ],
)
def test_what_a_spec_refuses_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        spec(config(**changes))
