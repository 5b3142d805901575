"""A script reads its data sets, whatever it names them by, from the local files of the sweep's inputs."""

from pathlib import Path

import pandas as pd
import pytest

from sweepflow.training.command.running.reason import why
from v1_script import run_script

BANK = "https://example.blob.core.windows.net/data/bankmarketing_train.csv"
CSV = "age,job,y\n30,admin,yes\n40,,no\n"


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    path = tmp_path / "bank.csv"
    path.write_text(CSV)
    return path


NAMED = [
    (BANK, "TabularDatasetFactory.from_delimited_files(path=URL)"),
    ("bankmarketing_train.csv", "TabularDatasetFactory.from_delimited_files(path=URL + '?sig=a%2Fb')"),
    ("bankmarketing_train.csv", "Dataset.Tabular.from_delimited_files([URL], support_multi_line=True)"),
    ("Bank Data", "Dataset.get_by_name(ws, name='Bank Data')"),
    ("bank_data", "Dataset.get_by_name(ws, 'Bank Data').drop_columns([])"),
    ("bank", "run.input_datasets['bank']"),
    ("bank", "ws.datasets.get('bank')"),
    ("1f6a-id", "Dataset.get_by_id(ws, id='1f6a-id')"),
    ("train.csv", "Dataset.Tabular.from_delimited_files(path=[(ds, 'folder/train.csv')])"),
    ("folder/train.csv", "Dataset.Tabular.from_delimited_files(path=DataPath(ds, 'folder/train.csv'))"),
    ("other", "Dataset.Tabular.from_delimited_files('local.csv').register(ws, 'name')"),
]
"""The name of an input, and how a script asks for it."""


def test_a_table_is_read_from_the_file_that_is_mapped(bank: Path) -> None:
    done = run_script(
        f"""
        import json, os, shutil
        from azureml.core import Dataset, Datastore, Run
        from azureml.data.datapath import DataPath
        from azureml.data.dataset_factory import TabularDatasetFactory
        shutil.copy({str(bank)!r}, "local.csv")
        URL = {BANK!r}
        run = Run.get_context()
        ws = run.experiment.workspace
        ds = ws.get_default_datastore()
        for name, expression in {NAMED!r}:
            os.environ["SWEEPFLOW_INPUTS"] = json.dumps({{name: {str(bank)!r}}})
            found = eval(expression).to_pandas_dataframe().to_csv(index=False)
            assert found == {CSV!r}, (name, expression)
        """,
        bank.parent,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("expression", "option"),
    [
        ("Dataset.get_by_name(ws, name='Heart Failure')", "--input 'Heart Failure=PATH'"),
        ("run.input_datasets['train']", "--input train=PATH"),
        (
            f"Dataset.Tabular.from_delimited_files('{BANK}?sig=s3cret')",
            "--input bankmarketing_train.csv=PATH",
        ),
        ("Dataset.File.from_files((ds, 'images/**'))", "--input images=PATH"),
    ],
)
def test_an_unmapped_data_set_is_an_error_with_what_to_type(
    expression: str, option: str, tmp_path: Path
) -> None:
    done = run_script(
        f"""
        from azureml.core import Dataset, Run
        run = Run.get_context()
        ws = run.experiment.workspace
        ds = ws.get_default_datastore()
        {expression}.to_pandas_dataframe() if "File" not in {expression!r} else {expression}.to_path()
        """,
        tmp_path,
        inputs={"other": 1},
    )
    assert done.returncode == 1
    error = done.stderr.splitlines()[-1]
    assert option in error
    assert "inputs of this trial: other" in error
    assert "s3cret" not in error


def test_a_script_that_looks_whether_a_data_set_is_there_finds_out(tmp_path: Path, bank: Path) -> None:
    done = run_script(
        """
        from azureml.core import Dataset, Workspace
        from azureml.exceptions import UserErrorException
        ws = Workspace.from_config()
        assert "bank" in ws.datasets.keys() and "heart" not in ws.datasets
        assert list(ws.datasets) == ["bank"] and ws.datasets.get("heart") is None
        try:
            Dataset.get_by_name(ws, "heart")
        except UserErrorException as error:
            print(error)
        """,
        tmp_path,
        inputs={"bank": bank},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("no local file stands for the data set 'heart'")


def test_a_script_that_fails_for_want_of_a_data_set_ends_with_what_to_type(tmp_path: Path) -> None:
    text = """
        from azureml.core import Run
        ws = Run.get_context().experiment.workspace
        if "train data" in ws.datasets.keys():
            data = ws.datasets["train data"]
        {then}
        """
    done = run_script(text.format(then="print(data)"), tmp_path)
    assert done.returncode == 1
    assert "NameError: name 'data' is not defined" in done.stderr
    assert "--input 'train data=PATH'" in why(1, done.stderr).reason
    assert run_script(text.format(then="print('fine')"), tmp_path).stderr == ""


def test_pandas_reads_the_input_that_a_missing_file_is_named_by(tmp_path: Path, bank: Path) -> None:
    done = run_script(
        """
        import azureml.core
        import pandas as pd
        assert list(pd.read_csv("wine.csv")) == list(pd.read_csv("./data/wine.csv")) == ["age", "job", "y"]
        open("wine.csv", "w").write("own\\n1\\n")
        assert list(pd.read_csv("wine.csv")) == ["own"]
        pd.read_csv("other.csv")
        """,
        tmp_path,
        inputs={"wine.csv": bank},
    )
    assert "FileNotFoundError" in done.stderr.splitlines()[-1]
    assert "other.csv" in done.stderr.splitlines()[-1]


def test_a_url_that_pandas_cannot_open_ends_with_what_to_type(tmp_path: Path) -> None:
    text = """
        import azureml.core
        import pandas as pd
        try:
            data = pd.read_csv("http://127.0.0.1:9/data/wine.csv?sig=s3cret")
        except OSError as error:
            print("tried")
            {then}
        """
    done = run_script(text.format(then="raise"), tmp_path)
    reason = why(1, done.stderr).reason
    assert reason.startswith(
        "azureml.exceptions.DataNotMapped: no local file stands for the data set 'wine.csv'"
    )
    assert "--input wine.csv=PATH" in reason
    assert "s3cret" not in reason
    assert run_script(text.format(then="pass"), tmp_path).returncode == 0


def test_files_of_all_kinds_are_read_as_pandas_reads_them_with_text_as_objects(tmp_path: Path) -> None:
    frame = pd.DataFrame({"n": [1, 2], "x": [0.5, None], "text": ["a", None]})
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / ".hidden.csv").write_text("broken")
    frame.head(1).to_csv(folder / "1.csv", index=False)
    frame.tail(1).to_csv(folder / "2.csv", index=False)
    frame.to_csv(tmp_path / "semicolons.csv", index=False, sep=";")
    frame.to_csv(tmp_path / "packed.csv.gz", index=False)
    frame.to_parquet(tmp_path / "frame.parquet")
    frame.to_json(tmp_path / "lines.jsonl", orient="records", lines=True)
    frame.to_json(tmp_path / "list.json", orient="records")
    names = ["folder", "semicolons.csv", "packed.csv.gz", "frame.parquet", "lines.jsonl", "list.json"]
    done = run_script(
        f"""
        from azureml.core import Run
        inputs = Run.get_context().input_datasets
        for name in {names!r}:
            frame = inputs[name].to_pandas_dataframe()
            assert frame.dtypes.astype(str).tolist() == ["int64", "float64", "object"], name
            assert frame.n.tolist() == [1, 2] and frame.text[0] == "a", name
            assert frame.isna().sum().sum() == 2, name
        """,
        tmp_path,
        inputs={name: tmp_path / name for name in names},
    )
    assert done.returncode == 0, done.stderr


def test_the_arguments_of_the_factory_are_those_of_the_sdk(tmp_path: Path) -> None:
    (tmp_path / "plain.txt").write_text("1|a|2020-01-31\n0|b|\n")
    (tmp_path / "latin.csv").write_bytes("name;code\nJos\xe9;007\n".encode("latin-1"))
    done = run_script(
        """
        from azureml.core import Dataset
        from azureml.data import DataType
        from azureml.data.dataset_factory import TabularDatasetFactory
        read = Dataset.Tabular.from_delimited_files
        types = {"Column1": DataType.to_bool(), "Column3": DataType.to_datetime("%Y-%m-%d")}
        plain = read("plain.txt", separator="|", header=False, set_column_types=types).to_pandas_dataframe()
        assert plain.Column1.tolist() == [True, False] and plain.Column2.tolist() == ["a", "b"]
        assert plain.Column3[0].year == 2020 and plain.Column3.isna()[1]
        types = {"code": DataType.to_string()}
        latin = read("latin.csv", encoding="iso88591", infer_column_types=False).to_pandas_dataframe()
        assert latin.to_dict("records") == [{"name": "José", "code": "007"}]
        """,
        tmp_path,
        inputs={"plain.txt": tmp_path / "plain.txt", "latin.csv": tmp_path / "latin.csv"},
    )
    assert done.returncode == 0, done.stderr


def test_a_table_can_be_cut_before_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,c\n" + "".join(f"{i},{i},x\n" for i in range(100)))
    done = run_script(
        """
        from azureml.core import Run
        table = Run.get_context().input_datasets["t"]
        assert table.take(3).to_pandas_dataframe().a.tolist() == [0, 1, 2]
        assert table.skip(98).to_pandas_dataframe().a.tolist() == [98, 99]
        assert list(table.keep_columns(["a", "b"]).drop_columns("a").to_pandas_dataframe()) == ["b"]
        first, second = (part.to_pandas_dataframe() for part in table.random_split(0.8, seed=1))
        assert 60 < len(first) < 95 and sorted([*first.a, *second.a]) == list(range(100))
        assert table.to_pandas_dataframe().shape == (100, 3)
        """,
        tmp_path,
        inputs={"t": tmp_path / "t.csv"},
    )
    assert done.returncode == 0, done.stderr


def test_files_are_used_where_they_are_or_copied(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    (folder / "train").mkdir(parents=True)
    (folder / "train" / "1.txt").write_text("one")
    done = run_script(
        f"""
        import os
        from azureml.core import Dataset, Run
        run = Run.get_context()
        datastore = run.experiment.workspace.get_default_datastore()
        files = Dataset.File.from_files(path=[(datastore, "images/**")])
        assert files.to_path() == ["/train/1.txt"]
        (copy,) = files.download(target_path="data")
        assert open(copy).read() == "one" and os.path.relpath(copy) == "data/train/1.txt"
        with files.mount() as mounted:
            assert os.listdir(mounted.mount_point) == ["train"]
        images = run.input_datasets["images"]
        assert os.path.join(images, "train") == {str(folder / "train")!r} and str(images) == {str(folder)!r}
        assert str(images.as_named_input("x").as_mount()) == {str(folder)!r}
        """,
        tmp_path,
        inputs={"images": folder},
    )
    assert done.returncode == 0, done.stderr


def test_an_input_is_the_text_of_its_path_too(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "t.csv").write_text("a\n1\n")
    (tmp_path / "data" / "README.md").write_text("What it is.")
    done = run_script(
        f"""
        import glob
        from azureml.core import Dataset, Run
        data = Run.get_context().input_datasets["folder"]
        assert glob.glob(data + "/*.csv") == [{str(tmp_path / "data" / "t.csv")!r}]
        frame = data.take(1).to_pandas_dataframe()
        table = Dataset.Tabular.register_pandas_dataframe(frame, target=None, name="x")
        assert table.to_pandas_dataframe().a.tolist() == [1]
        """,
        tmp_path,
        inputs={"folder": tmp_path / "data"},
    )
    assert done.returncode == 0, done.stderr


def test_columns_have_the_types_that_the_sdk_finds(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "a,b,c,d,e,f\nYes,Y,yes,True,2020-01-31,Yes\nNo,,no,False,2020-02-01 10:00,Maybe\n"
    )
    done = run_script(
        """
        from azureml.core import Dataset
        from azureml.data.dataset_factory import DataType
        table = Dataset.Tabular.from_delimited_files("t.csv").to_pandas_dataframe()
        assert table.a.tolist() == [True, False] and table.a.dtype == bool
        assert table.b[0] is True and table.b.isna()[1]
        assert table.c.tolist() == ["yes", "no"] and table.d.dtype == bool
        assert table.e.dt.month.tolist() == [1, 2] and table.f.tolist() == ["Yes", "Maybe"]
        types = {"a": DataType.to_string()}
        typed = Dataset.Tabular.from_delimited_files("t.csv", set_column_types=types).to_pandas_dataframe()
        assert typed.a.tolist() == ["Yes", "No"]
        plain = Dataset.Tabular.from_delimited_files("t.csv", infer_column_types=False).to_pandas_dataframe()
        assert plain.d.tolist() == ["True", "False"] and plain.a.tolist() == ["Yes", "No"]
        """,
        tmp_path,
        inputs={"t.csv": tmp_path / "t.csv"},
    )
    assert done.returncode == 0, done.stderr
