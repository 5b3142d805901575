"""A command as a trial: what its fields mean, what is refused, and what it gets to run with."""

import pytest

from sweepflow.errors import SpecError
from sweepflow.spec.file import map_input
from sweepflow.spec.spec import Spec
from sweepflow.testing.trial_kinds import TrialKindTests
from sweepflow.training.command import CommandTrial
from sweepflow.training.job import Job
from sweepflow.trials.objective import Objective

OBJECTIVE = Objective(primary_metric="loss", goal="minimize")
LOGS = """echo '{"loss": '${{search_space.x}}'}' >> "$SWEEPFLOW_METRICS" """


class TestCommandTrial(TrialKindTests):
    @pytest.fixture
    def trial(self, tmp_path):
        (tmp_path / "src").mkdir()
        return CommandTrial(command=LOGS, code=str(tmp_path / "src"), environment_variables={"A": "b"})

    @pytest.fixture
    def job(self):
        return Job(parameters={"x": 0.5}, data=None, objective=OBJECTIVE, metrics=())


def fields(**changes):
    """The fields of a spec with a command, and others in their place."""
    usual = {
        "trial": {"command": "python train.py --x ${{search_space.x}}"},
        "search_space": {"x": {"type": "uniform", "min_value": 0, "max_value": 1}},
        "objective": {"primary_metric": "loss", "goal": "minimize"},
        "limits": {"max_total_trials": 2},
    }
    return {**usual, **changes}


def faults(**changes):
    with pytest.raises(SpecError) as caught:
        Spec.checked(fields(**changes), is_trusted=True)
    return dict(caught.value.problems)


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        (
            {"trial": {"command": "python train.py ${{search_space.y}}"}},
            "trial.command",
            "there is no search_space.y; there is 'x'",
        ),
        (
            {"trial": {"command": "python train.py ${{inputs.epoch}}"}, "inputs": {"epochs": 3}},
            "trial.command",
            "there is no inputs.epoch; did you mean 'epochs'?",
        ),
        (
            {"trial": {"command": "ls", "code": "/no/such/folder"}},
            "trial.code",
            "there is no folder '/no/such/folder'",
        ),
        (
            {"inputs": {"images": {"path": "https://example.org/images"}}},
            "inputs.images.path",
            "is on another machine: name its copy on this one by --input images=PATH, "
            "got 'https://example.org/images'",
        ),
        (
            {"inputs": {"images": {"path": "/no/such/folder"}}},
            "inputs.images.path",
            "there is no file or folder '/no/such/folder'",
        ),
    ],
)
def test_what_no_trial_could_run_is_refused(changes, path, message):
    assert faults(**changes) == {path: message}


def test_a_command_gets_drawn_values_inputs_and_outputs(tmp_path):
    spec = Spec.checked(
        fields(
            trial={"command": "a ${{search_space.x}} ${{ inputs.n }} ${{inputs.x}} ${{outputs.model}}"},
            inputs={"n": 3, "name": "two words", "data": {"path": str(tmp_path)}, "none": None},
            outputs={"model": None},
        ),
        is_trusted=True,
    )
    job = spec.job({"x": 0.5}, None, tmp_path / "0007", 7)
    assert job.number == 7
    assert job.inputs == {"n": "3", "name": "two words", "data": str(tmp_path)}
    assert job.outputs == {"model": str(tmp_path / "0007/outputs/model")}


READS = """
from azureml.core import Dataset, Run, Workspace
frame = Dataset.get_by_name(Workspace.from_config(), "Heart Data").to_pandas_dataframe()
Run.get_context().log("loss", len(frame))
"""


@pytest.mark.parametrize("azureml", [None, "v1"])
def test_a_script_for_the_azure_sdk_finds_the_stand_in_and_its_data(azureml, tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "train.py").write_text(READS)
    (tmp_path / "heart.csv").write_text("a\n1\n2\n")
    trial = {"command": "python train.py", "code": str(tmp_path / "src"), "azureml": azureml}
    given = fields(trial=trial)
    map_input(given, f"Heart Data={tmp_path}/heart.csv")
    spec = Spec.checked(given, is_trusted=True)
    job = spec.job({"x": 0.5}, None, tmp_path)
    reported = []
    spec.trial.train(job, reported.append)
    assert reported == [{"loss": 2.0}]


def mapped(assignment, **changes):
    given = fields(**changes)
    map_input(given, assignment)
    return given["inputs"]


def test_a_data_set_of_a_script_is_mapped_by_any_name():
    url = "https://example.org/a.csv?sig=x"
    assert mapped("Heart Data=/a=b.csv") == {"Heart Data": {"path": "/a=b.csv"}}
    assert mapped(f"{url}=/b.csv") == {url: {"path": "/b.csv"}}


def test_a_misspelt_input_is_not_taken_for_a_data_set():
    with pytest.raises(SpecError, match="did you mean 'images'"):
        mapped("imagse=/x", inputs={"images": {"path": "/a"}})
    with pytest.raises(SpecError, match="has no input 'x'"):
        mapped("x=/x", trial={"function": "a:b"})
