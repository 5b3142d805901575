"""A command as a trial: what its fields mean, what is refused, and what it gets to run with."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import load_part, load_roles
from sweepflow.data.source import DataSource, Validation
from sweepflow.errors import SpecError
from sweepflow.promotion import PromotionRequest
from sweepflow.spec.file import map_input
from sweepflow.spec.spec import Spec
from sweepflow.testing.trial_kinds import TrialKindTests
from sweepflow.training.command import CommandTrial
from sweepflow.training.command.running.interpreter import shell
from sweepflow.training.inputs import texts_of
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


CHOICE = {"type": "choice", "values": ["adam", "sgd; rm -rf /"]}
NESTED = {"type": "choice", "values": [{"kind": "a", "depth": 1}, {"kind": "b"}]}

REFUSED = {
    "an unknown parameter": (
        {"trial": {"command": "python train.py ${{search_space.y}}"}},
        "trial.command",
        "there is no search_space.y; there is 'x'",
    ),
    "a misspelt input": (
        {"trial": {"command": "ls ${{inputs.epoch}}"}, "inputs": {"epochs": 3}},
        "trial.command",
        "there is no inputs.epoch; did you mean 'epochs'?",
    ),
    "a misspelt input in an optional part": (
        {"trial": {"command": "ls $[[ ${{inputs.epoch}} ]]"}, "inputs": {"epochs": 3}},
        "trial.command",
        "there is no inputs.epoch; did you mean 'epochs'?",
    ),
    "an unknown output": (
        {"trial": {"command": "ls ${{outputs.model}}"}},
        "trial.command",
        "there is no outputs.model: add it to `outputs`",
    ),
    "an unknown input": (
        {"trial": {"command": "ls ${{inputs.table}}"}},
        "trial.command",
        "there is no inputs.table: add it to `inputs`; there is 'x'",
    ),
    "the prepared rows without data": (
        {"trial": {"command": "ls ${{inputs.train}}"}},
        "trial.command",
        "there is no inputs.train: add `data`, whose training rows it is, or an input of that name",
    ),
    "an input without a value": (
        {"trial": {"command": "ls ${{inputs.epochs}}"}, "inputs": {"epochs": None}},
        "trial.command",
        "inputs.epochs has no value: give it one, or put what needs it into $[[ ]] to leave that out",
    ),
    "a parameter of one branch": (
        {"trial": {"command": "ls ${{search_space.depth}}"}, "search_space": {"model": NESTED}},
        "trial.command",
        "search_space.depth is not drawn in every branch of the search space: put what needs it into $[[ ]] "
        "to leave that out",
    ),
    "no template": (
        {"trial": {"command": "ls ${{parent.inputs.y}}"}},
        "trial.command",
        "'${{parent.inputs.y}}' is no template: write ${{search_space.NAME}}, ${{inputs.NAME}} or "
        "${{outputs.NAME}}",
    ),
    "no template, but for the name": (
        {"trial": {"command": "ls ${{search-space.x}}"}},
        "trial.command",
        "'${{search-space.x}}' is no template: write ${{search_space.x}}",
    ),
    "a template of one brace": (
        {"trial": {"command": "ls --x ${search_space.x}"}},
        "trial.command",
        "'${search_space.x}' is no template: write ${{search_space.x}}",
    ),
    "a template without its dollar": (
        {"trial": {"command": "ls --x {{ search_space.x }}"}},
        "trial.command",
        "'{{ search_space.x }}' is no template: write ${{search_space.x}}",
    ),
    "a template without braces": (
        {"trial": {"command": "ls --x=$search_space.x"}},
        "trial.command",
        "'$search_space.x' is no template: write ${{search_space.x}}",
    ),
    "an input in the braces of a shell, in a variable": (
        {"trial": {"command": "ls", "environment_variables": {"A": "${inputs.a}"}}, "inputs": {"a": 1}},
        "trial.environment_variables.A",
        "'${inputs.a}' is no template: write ${{inputs.a}}",
    ),
    "a command in pieces": (
        {"trial": {"command": ["python", "train.py", "--x", "${{search_space.x}}"]}},
        "trial.command",
        "must be one text, not a list: write 'python train.py --x ${{search_space.x}}'",
    ),
    "a code folder in a list": (
        {"trial": {"command": "ls", "code": ["src"]}},
        "trial.code",
        "must be the path of a folder, or a mapping with it as `path`, got ['src']",
    ),
    "an unknown parameter in a variable": (
        {"trial": {"command": "ls", "environment_variables": {"A": "${{search_space.y}}"}}},
        "trial.environment_variables.A",
        "there is no search_space.y; there is 'x'",
    ),
    "a value that a shell would read": (
        {"trial": {"command": "bash -c 'ls ${{search_space.x}}'"}, "search_space": {"x": CHOICE}},
        "trial.command",
        "the value 'sgd; rm -rf /' of search_space.x cannot be put into `bash -c` as a text and nothing "
        "else: let the script read the variable AZUREML_SWEEP_x, or use letters, digits and ._/:=+,@%- only",
    ),
    "an input that a shell would read": (
        {"trial": {"command": "eval ls ${{inputs.a}}"}, "inputs": {"a": "x y"}},
        "trial.command",
        "the value 'x y' of inputs.a cannot be put into `eval` as a text and nothing else: let the script "
        "read the JSON in SWEEPFLOW_INPUTS, or use letters, digits and ._/:=+,@%- only",
    ),
    "a quote that is not closed": (
        {"trial": {"command": "echo 'a ${{search_space.x}}"}},
        "trial.command",
        f"{Path(shell()).name} cannot read it: line 1: unexpected EOF while looking for matching `''",
    ),
    "a command without end": (
        {"trial": {"command": "ls " + "${{search_space.x}} " * 501}},
        "trial.command",
        "must have at most 500 templates, got 501",
    ),
    "no command": ({"trial": {"command": " \n"}}, "trial.command", "must not be empty: write what to run"),
    "no folder": (
        {"trial": {"command": "ls", "code": "/no/such/folder"}},
        "trial.code",
        "there is no folder '/no/such/folder'",
    ),
    "a file as the folder": (
        {"trial": {"command": "ls", "code": "/etc/hostname"}},
        "trial.code",
        "'/etc/hostname' is a file: name its folder, '/etc'",
    ),
    "a remote folder": (
        {"trial": {"command": "ls", "code": {"path": "git+https://example.org/code"}}},
        "trial.code",
        "is on another machine: name a folder of this one, as --set trial.code=PATH does, got 'git+https://example.org/code'",
    ),
    "a remote input": (
        {"inputs": {"images": {"path": "https://example.org/images"}}},
        "inputs.images.path",
        "is on another machine: name its copy on this one by --input images=PATH, got 'https://example.org/images'",
    ),
    "a registered data set": (
        {"inputs": {"images": {"type": "mltable", "path": "azureml:pets@latest"}}},
        "inputs.images.path",
        "is on another machine: name its copy on this one by --input images=PATH, got 'azureml:pets@latest'",
    ),
    "a data set by its resource ID": (
        {"inputs": {"images": {"path": "/subscriptions/1/p"}}},
        "inputs.images.path",
        "is on another machine: name its copy on this one by --input images=PATH, got '/subscriptions/1/p'",
    ),
    "no file": (
        {"inputs": {"images": {"path": "/no/such/folder"}}},
        "inputs.images.path",
        "there is no file or folder '/no/such/folder'",
    ),
    "a folder as a file": (
        {"inputs": {"table": {"type": "uri_file", "path": "/etc"}}},
        "inputs.table.path",
        "must be a file, because its type is uri_file, but '/etc' is a folder",
    ),
    "an unknown field": (
        {"trial": {"command": "ls", "comand": "ls"}},
        "trial.comand",
        "unknown field 'comand'; did you mean 'command'?",
    ),
    "an unknown field of the code": (
        {"trial": {"command": "ls", "code": {"path": ".", "copies": False}}},
        "trial.code.copies",
        "unknown field 'copies'; did you mean 'copy'?",
    ),
    "an unknown field of an input": (
        {"inputs": {"table": {"pat": "/etc/hosts", "path": "/etc/hosts"}}},
        "inputs.table.pat",
        "unknown field 'pat'; did you mean 'path'?",
    ),
    "a name of the prepared rows": (
        {"data": {"path": "x.csv", "target": "y"}, "inputs": {"train": 1}},
        "inputs.train",
        "is the name of the prepared rows that `data` gives a command (train and validation): "
        "choose another one",
    ),
    "a refit": (
        {"refit": True},
        "refit",
        "must be false for a command, which decides itself what it trains on",
    ),
    "folds": (
        {"validation": {"folds": 3}},
        "validation.folds",
        "must be null for a command, which decides itself how it validates",
    ),
}


@pytest.mark.parametrize(("changes", "path", "message"), REFUSED.values(), ids=REFUSED)
def test_what_no_trial_could_run_is_refused(changes, path, message):
    assert faults(**changes) == {path: message}


@pytest.mark.parametrize(
    "changes",
    [
        {"trial": {"command": "ls $[[ ${{inputs.epochs}} ]]"}, "inputs": {"epochs": None}},
        {"trial": {"command": "ls $[[ ${{search_space.depth}} ]]"}, "search_space": {"model": NESTED}},
        {"trial": {"command": "ls ${{search_space.kind}}"}, "search_space": {"model": NESTED}},
        {"trial": {"command": "ls ${{inputs.x}}"}},
        {"trial": {"command": "ls '${{inputs.x}}'"}, "search_space": {"x": CHOICE}},
        {"trial": {"command": "ls\n\nls \\\n -l\n"}},
        {
            "trial": {
                "command": "ls ${search_space} $search_space.csv $inputs.x {x} {{x}} ${{search_space.x}}"
            }
        },
        {"trial": {"command": "ls", "code": {"path": "/etc", "copy": False}}},
        {
            "trial": {
                "command": "ls",
                "environment_variables": {"A": "${{search_space.x}}", "B": 3, "C": True},
            }
        },
        {"inputs": None, "outputs": None, "trial": {"command": "ls", "environment_variables": None}},
        {"inputs": {"etc": {"path": "file:///etc"}, "host": {"path": "file:/etc/hosts", "type": "uri_file"}}},
        {"inputs": {"a": "x", "b": 1.5, "c": True, "d": None, "e": {"path": "/etc", "mode": "ro_mount"}}},
        {"inputs": {"table": {"path": "/etc/hosts"}}},  # a file, though the usual type is a folder
        {"outputs": {"a": None, "b": {"type": "uri_file", "path": "azureml://x", "mode": "rw_mount"}}},
        {"trial": {"command": "ls ${{inputs.train}}"}, "data": {"path": "x.csv", "target": "y"}},
        {"objective": {"primary_metric": "Any name: at all", "goal": "maximize"}},
    ],
)
def test_what_trials_can_run_is_accepted(changes):
    Spec.checked(fields(**changes), is_trusted=True)


def notices(**changes):
    return Spec.checked(fields(**changes), is_trusted=True).notices(2)


def test_a_parameter_that_the_command_does_not_use_is_told():
    space = {name: {"type": "uniform", "min_value": 0, "max_value": 1} for name in ("x", "y", "z")}
    told = notices(search_space=space)
    assert (
        "trial.command: does not use y, z, which the script gets in AZUREML_SWEEP_y, AZUREML_SWEEP_z alone"
        in told
    )
    told = notices(search_space={"model": NESTED}, trial={"command": "ls ${{search_space.kind}} --depth 3"})
    assert "trial.command: does not use depth, which the script gets in AZUREML_SWEEP_depth alone" in told
    uses = "x ${{search_space.x}} ${{inputs.y}} $AZUREML_SWEEP_z"
    assert not [notice for notice in notices(search_space=space, trial={"command": uses}) if "use " in notice]


def test_values_that_a_shell_would_divide_are_told():
    space = {"x": {"type": "choice", "values": ["--fast", "", "-a b"]}}
    beginning = "trial.command: the value {} of {} reaches the program as one argument, {}"
    told = notices(
        search_space=space,
        trial={"command": "ls ${{search_space.x}} ${{inputs.args}} '${{inputs.args}}'"},
        inputs={"args": "--lr 1 --steps 2"},
    )
    assert [notice for notice in told if "argument" in notice] == [
        beginning.format("''", "search_space.x", "an empty one"),
        beginning.format("'-a b'", "search_space.x", "with all that is in it"),
        beginning.format("'--lr 1 --steps 2'", "inputs.args", "with all that is in it"),
    ]


@pytest.mark.parametrize(
    ("command", "script"),
    [
        ("python train.py --x 1", "train.py"),
        ("cd a && ./b/run-it.sh", "./b/run-it.sh"),
        ("ls /opt/train.py", None),
    ],
)
def test_a_script_that_cannot_be_there_is_told(command, script, tmp_path):
    def told(**trial):
        return [notice for notice in notices(trial={"command": command, **trial}) if "trial.code" in notice]

    beginning = "trial.code: is empty, so the command begins in an empty folder, where there is no"
    expected = [f"{beginning} {script}; write `code: .` for the folder of the spec"] if script else []
    assert told() == expected
    assert told(code=str(tmp_path)) == []


def test_an_installed_sdk_that_logs_elsewhere_is_told(tmp_path, monkeypatch):
    def told(**trial):
        command = {"command": "python train.py", "code": str(tmp_path), **trial}
        return [notice for notice in notices(trial=command) if "trial.azureml" in notice]

    (tmp_path / "train.py").write_text("from azureml.core import Run")
    assert told() == []
    sdk = tmp_path / "site/azureml/core"
    sdk.mkdir(parents=True)
    (sdk / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path / "site")
    assert told() == [
        "trial.azureml: is empty, so the script uses the Azure ML SDK that is installed here, "
        "which logs nothing to the sweep; write v1, as --set trial.azureml=v1 does"
    ]
    assert told(azureml="v1") == []
    (tmp_path / "train.py").write_text("from sweepflow import log_metric")
    assert told() == []


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("python trian.py --x 1", "trian.py in {}; did you mean 'train.py'?"),
        ("A=1 python3 -u lib/modle.py", "lib/modle.py in {}; did you mean 'lib/model.py'?"),
        ("./run.sh --x 1", "run.sh in {}; there is 'train.py'"),
        ("python train.py", None),
        ("python ./lib/model.py", None),
        ("cd lib && python modle.py", None),  # where it runs is not known
        ("python make.py > trian.py && python trian.py", "make.py in {}; there is 'train.py'"),
        ("python -m trian.py", None),
    ],
)
def test_a_script_that_is_not_in_the_code_is_told(command, told, tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "train.py").touch()
    (tmp_path / "lib/model.py").touch()
    notes = notices(trial={"command": command, "code": str(tmp_path)})
    beginning = "trial.command: there is no "
    expected = [beginning + told.format(f"'{tmp_path}'")] if told else []
    assert [note for note in notes if note.startswith(beginning)] == expected


def test_inputs_and_outputs_are_for_commands():
    changes = {
        "trial": {"function": "sweepflow.testing.pool_trials:act"},
        "inputs": {"a": 1},
        "outputs": {"b": None},
    }
    assert faults(**changes) == {
        "inputs": "must be empty: only a command reads them",
        "outputs": "must be empty: only a command writes them",
    }


def test_a_sweep_without_a_model_is_not_run_to_promote_one():
    sweep = fields(objective={"primary_metric": "accuracy", "goal": "maximize"})
    with pytest.raises(ValueError, match="trial must return a model, which a command does not"):
        PromotionRequest(name="iris", sweep=sweep)


def test_a_form_takes_the_code_as_a_path_or_with_its_fields():
    shown = Spec.model_json_schema()["$defs"]["CommandTrial"]["properties"]["code"]["anyOf"]
    assert shown == [{"type": "string"}, {"$ref": "#/$defs/Code"}, {"type": "null"}]


def test_a_form_has_a_title_for_each_field_of_a_part():
    for name, part in Spec.model_json_schema()["$defs"].items():
        for field, shown in part.get("properties", {}).items():
            assert "title" in shown or "$ref" in shown, f"{name}.{field}"


def test_the_paths_of_a_spec_are_absolute(tmp_path, monkeypatch):
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path)
    spec = Spec.checked(
        fields(trial={"command": "ls ${{search_space.x}}", "code": "src"}, inputs={"a": {"path": "src"}}),
        is_trusted=True,
    )
    recorded = spec.model_dump(mode="json")
    assert recorded["trial"]["code"] == {"path": str(tmp_path / "src"), "copy": True}
    assert recorded["inputs"]["a"]["path"] == str(tmp_path / "src")
    assert Spec.checked(recorded, is_trusted=True) == spec


def test_a_command_gets_a_list_or_a_mapping_as_one_word_of_json():
    values = [[100, 50], {"a": ["b c"]}]
    space = {"x": {"type": "choice", "literal": True, "values": values}}
    spec = Spec.checked(
        fields(trial={"command": "a ${{search_space.x}}"}, search_space=space), is_trusted=True
    )
    shown = [spec.trial.preview(spec.job({"x": value}, None)) for value in values]
    assert shown == ["a '[100, 50]'", """a '{"a": ["b c"]}'"""]


def test_a_command_gets_drawn_values_inputs_and_outputs(tmp_path):
    spec = Spec.checked(
        fields(
            trial={"command": "a ${{search_space.x}} ${{ inputs.n }} ${{inputs.x}} ${{outputs.model}}"},
            inputs={"n": 3, "name": "two words", "is": True, "data": {"path": str(tmp_path)}, "none": None},
            outputs={"model": None, "table": {"type": "uri_file"}},
        ),
        is_trusted=True,
    )
    job = spec.job({"x": 1e-05}, None, tmp_path / "0007", 7)
    assert job.number == 7
    assert job.inputs == {"n": "3", "name": "two words", "is": "True", "data": str(tmp_path)}
    assert job.outputs == {name: str(tmp_path / "0007/outputs" / name) for name in ("model", "table")}
    assert job.file_outputs == ("table",)
    assert spec.trial.preview(job) == f"a 1e-05 3 1e-05 {tmp_path}/0007/outputs/model"


def trained(trial, tmp_path, **job):
    """What the trial reports."""
    reports = []
    usual = {"parameters": {}, "data": None, "objective": OBJECTIVE, "metrics": (), "folder": tmp_path}
    trial.train(Job(**usual | job), reports.append)
    return reports


def test_a_command_that_logs_nothing_is_told_how_to_log(tmp_path):
    job = Job(parameters={}, data=None, objective=OBJECTIVE, metrics=(), folder=tmp_path)

    def notes(command):
        return CommandTrial(command=command).train(job, lambda _: None).notes

    assert notes("echo accuracy: 0.9") == (
        "what it prints is not logged: log by log_metric of sweepflow, by MLflow, or to the file that "
        "SWEEPFLOW_METRICS names",
    )
    assert notes("echo '{\"accuracy\": 0.9}' >> $SWEEPFLOW_METRICS") == ()


def test_a_script_gets_all_values_in_its_environment(tmp_path):
    shown = "AZUREML_SWEEP_lr AZUREML_SWEEP_kind SWEEPFLOW_TRIAL SWEEPFLOW_INPUTS OWN"
    trial = CommandTrial(
        command=f'for name in {shown}; do printenv $name >> "$SWEEPFLOW_OUTPUTS/shown"; done',
        environment_variables={"OWN": "lr is ${{search_space.lr}}"},
    )
    trained(trial, tmp_path, parameters={"lr": 0.1, "kind": None}, inputs={"a": "b c"}, number=3)
    lines = (tmp_path / "outputs/shown").read_text().splitlines()
    assert lines == ["0.1", "None", "3", '{"a": "b c"}', "lr is 0.1"]


def test_a_command_writes_to_its_outputs_and_reads_any_path(tmp_path):
    folder = tmp_path / "the trial's folder"
    folder.mkdir()
    (tmp_path / "two words").write_text("7")
    trial = CommandTrial(
        command="cp ${{inputs.table}} ${{outputs.folder}}/a\ncp ${{inputs.table}} ${{outputs.file}}\n"
        """echo '{"loss": '$(cat "${{inputs.table}}")'}' >> "$SWEEPFLOW_METRICS" """
    )
    outputs = {name: str(folder / "outputs" / name) for name in ("folder", "file")}
    inputs = {"table": str(tmp_path / "two words")}
    reports = trained(trial, folder, inputs=inputs, outputs=outputs, file_outputs=("file",))
    assert [dict(report) for report in reports] == [{"loss": 7}]
    assert (folder / "outputs/folder/a").read_text() == (folder / "outputs/file").read_text() == "7"


def test_a_changed_file_of_the_code_is_a_change(tmp_path):
    (tmp_path / "src/inner").mkdir(parents=True)
    file = tmp_path / "src/inner/train.py"
    file.write_text("")
    written = datetime(2026, 1, 1, tzinfo=UTC)
    os.utime(file, (written.timestamp(), written.timestamp()))
    trial = CommandTrial(command="ls", code=str(tmp_path / "src"))
    assert trial.has_changed_since(written - timedelta(seconds=1))
    assert not trial.has_changed_since(written)
    (tmp_path / "src/.git").mkdir()
    (tmp_path / "src/.git/index").write_text("")
    assert not trial.has_changed_since(written)
    assert not CommandTrial(command="ls").has_changed_since(written)


def test_a_command_reads_the_prepared_rows_as_csv_and_not_those_of_the_test(prepared, tmp_path):
    data = prepared("label")
    trial = CommandTrial(
        command="head -n 1 ${{inputs.train}} > $SWEEPFLOW_OUTPUTS/head; wc -l < ${{inputs.validation}}"
    )
    trial.prepare(data)
    inputs = texts_of({}, data)
    assert inputs == {part: f"{data.folder}/{part}.csv" for part in ("train", "validation")}
    for part in inputs:
        read = pd.read_csv(inputs[part], parse_dates=["day"])
        written = load_part(data.folder, part)
        pd.testing.assert_frame_equal(
            read, written, check_dtype=False, check_categorical=False, check_exact=True
        )
        assert "nan" not in Path(inputs[part]).read_text().lower()
    trained(trial, tmp_path, data=data, inputs=inputs)
    assert (tmp_path / "outputs/head").read_text().count("label") == 1


def test_a_command_reads_the_weights_and_groups_of_its_rows_too(source, tmp_path):
    asked = DataSource(path=str(source), target="label", weight="id", group="color")
    data = prepare(asked, Validation(), tmp_path / "cache", is_classifier=True)
    trial = CommandTrial(command="head -n 1 ${{inputs.train_roles}} > $SWEEPFLOW_OUTPUTS/head")
    trial.prepare(data)
    inputs = texts_of({}, data)
    assert list(inputs) == ["train", "validation", "train_roles", "validation_roles"]
    for part in ("train", "validation"):
        read, roles = pd.read_csv(inputs[f"{part}_roles"]), load_roles(data, part)
        assert (read["weight"] == roles.weight).all()
        assert (read["group"] == roles.group).all()
        assert len(pd.read_csv(inputs[part])) == len(read)
    trained(trial, tmp_path, data=data, inputs=inputs)
    assert (tmp_path / "outputs/head").read_text().split() == ['"weight","group"']


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
