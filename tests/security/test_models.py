"""A model file from a stranger runs nothing."""

import functools
import importlib
import io
import json
import operator
import os
import pickle
import sys
import zipfile

import joblib
import numpy as np
import pytest
import skops.io
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer

from sweepflow.models.model_file import ModelError, load_model
from sweepflow.models.trusted_types import TRUSTED_TYPES


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("write", [pickle.dump, joblib.dump], ids=["pickle", "joblib"])
@pytest.mark.parametrize("name", ["model.skops", "model.pkl", "model.joblib"])
def test_a_pickle_is_no_model_file_and_runs_nothing(write, name, tmp_path):
    with (tmp_path / name).open("wb") as stream:
        write(Evil(tmp_path / "written"), stream)
    with pytest.raises(ModelError, match=r"is not a skops model file"):
        load_model(tmp_path / name)
    assert not (tmp_path / "written").exists()
    pickle.loads(pickle.dumps(Evil(tmp_path / "written")))
    assert (tmp_path / "written").exists()  # it would have


def test_a_pickle_within_an_archive_is_no_model_file_and_runs_nothing(tmp_path):
    with zipfile.ZipFile(tmp_path / "model.skops", "w") as archive:
        archive.writestr("schema.json", pickle.dumps(Evil(tmp_path / "written")))
    with pytest.raises(ModelError, match=r"is not a skops model file"):
        load_model(tmp_path / "model.skops")
    assert not (tmp_path / "written").exists()


def schema_of(model):
    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))) as archive:
        return json.loads(archive.read("schema.json"))


def write_schema(path, schema):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("schema.json", json.dumps(schema))


@pytest.mark.parametrize(
    ("module", "name"), [("os", "system"), ("subprocess", "Popen"), ("builtins", "eval"), ("posix", "system")]
)
@pytest.mark.parametrize("is_function", [True, False])
def test_a_model_file_that_names_code_is_refused_by_that_name(module, name, is_function, tmp_path):
    schema = schema_of(FunctionTransformer(np.log1p) if is_function else LogisticRegression())
    text = json.dumps(schema)
    if is_function:
        assert '"log1p"' in text
        text = text.replace('"log1p"', f'"{name}"').replace('"numpy"', f'"{module}"')
    else:
        text = text.replace('"LogisticRegression"', f'"{name}"').replace(
            '"sklearn.linear_model._logistic"', f'"{module}"'
        )
    write_schema(tmp_path / "model.skops", json.loads(text))
    with pytest.raises(ModelError, match=rf"types that are not trusted: .*{name}"):
        load_model(tmp_path / "model.skops")


@pytest.mark.parametrize(
    "schema", [{}, [], "x", None, {"__class__": "x"}, {"__loader__": "x", "__module__": "os"}]
)
def test_a_model_file_of_nonsense_is_no_model_file(schema, tmp_path):
    write_schema(tmp_path / "model.skops", schema)
    with pytest.raises(ModelError, match=r"is not a skops model file|cannot be loaded"):
        load_model(tmp_path / "model.skops")


@pytest.mark.parametrize("path", ["/", "/dev/null", "/nowhere/model.skops"])
def test_what_is_no_file_is_no_model_file(path):
    with pytest.raises(ModelError, match=r"is not a skops model file|there is no model file"):
        load_model(path)


@pytest.mark.parametrize(
    "part",
    [
        functools.partial(os.system, "true"),
        functools.partial(np.log1p),
        operator.methodcaller("fit"),
        operator.attrgetter("__class__"),
        stats.norm(0, 1),  # one that is loaded executes a text of its own
        stats.norm,
        LogisticRegression().fit,
        np.load,
        np.fromfile,
        np.vectorize,
        getattr,
        open,
    ],
    ids=lambda part: getattr(part, "__name__", type(part).__name__),
)
def test_what_calls_others_or_opens_files_is_refused(part, tmp_path):
    try:
        skops.io.dump({"model": LogisticRegression(), "part": part}, tmp_path / "model.skops")
    except RecursionError:  # the file cannot even be written
        return
    with pytest.raises(ModelError, match=r"types that are not trusted|cannot be loaded"):
        load_model(tmp_path / "model.skops")


def test_a_distribution_that_would_execute_a_text_runs_nothing(tmp_path):
    content = skops.io.dumps(stats.norm(0, 1))
    with (
        zipfile.ZipFile(io.BytesIO(content)) as honest,
        zipfile.ZipFile(tmp_path / "model.skops", "w") as forged,
    ):
        for name in honest.namelist():
            text = honest.read(name)
            if name == "schema.json":
                own = f"open('{tmp_path}/written', 'w').close()\\\\ndef _parse_args(".encode()
                assert text.count(b"def _parse_args(") == 1
                text = text.replace(b"def _parse_args(", own)
            forged.writestr(name, text)
    with pytest.raises(ModelError, match=r"not trusted: .*scipy\.stats"):
        load_model(tmp_path / "model.skops")
    assert not (tmp_path / "written").exists()
    found = skops.io.get_untrusted_types(file=tmp_path / "model.skops")
    skops.io.load(tmp_path / "model.skops", trusted=found)
    assert (tmp_path / "written").exists()  # it would have


@pytest.fixture
def own_module(monkeypatch, tmp_path):
    """A module whose models are allowed, and which imports what must not be called."""
    (tmp_path / "own_module.py").write_text(
        "from pathlib import Path\nfrom subprocess import run\n\n"
        "class Model:\n    def answer(self):\n        return 42\n\n"
        "class Bound:\n    def __init__(self):\n        self.answer = Model().answer\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("own_module")
    sys.modules.pop("own_module")


@pytest.mark.parametrize("loader", ["ConstructorFromReduceNode", "FunctionNode", "TypeNode", "ObjectNode"])
@pytest.mark.parametrize("name", ["run", "Path"])
@pytest.mark.parametrize("allows", ["argument", "environment"])
def test_what_an_allowed_package_imports_from_others_is_refused(
    loader, name, allows, own_module, monkeypatch, tmp_path
):
    arguments = schema_of((["touch", str(tmp_path / "written")],))
    forged = {"__class__": name, "__module__": "own_module", "__loader__": loader, "content": arguments}
    write_schema(
        tmp_path / "model.skops", forged | {key: arguments[key] for key in ("protocol", "_skops_version")}
    )
    trusted = ("own_module",) if allows == "argument" else ()
    monkeypatch.setenv("SWEEPFLOW_ESTIMATOR_PACKAGES", "" if trusted else "own_module")
    with pytest.raises(
        ModelError, match=rf"model\.skops' holds types that are not trusted: own_module\.{name}$"
    ):
        load_model(tmp_path / "model.skops", trusted_modules=trusted)
    assert not (tmp_path / "written").exists()


def test_what_an_allowed_package_has_itself_is_loaded(own_module, tmp_path):
    skops.io.dump([own_module.Model(), own_module.Bound()], tmp_path / "model.skops")
    model, bound = load_model(tmp_path / "model.skops", trusted_modules=("own_module",))
    assert model.answer() == bound.answer() == 42


def test_every_type_on_the_list_is_what_it_is_called():
    import sklearn.experimental.enable_iterative_imputer  # noqa: F401

    for name in TRUSTED_TYPES:
        module, _, own = name.rpartition(".")
        found = getattr(importlib.import_module(module), own)
        assert f"{found.__module__}.{found.__qualname__}" == name
