"""A model file from a stranger runs nothing."""

import io
import json
import os
import pickle
import zipfile

import joblib
import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer

from sweepflow.models import ModelError, load_model


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
