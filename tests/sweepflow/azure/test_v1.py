"""What a v1 notebook may call that only the cloud has: a sentence, and no harm to the cells that follow."""

import json
import os
import subprocess
import sys
from pathlib import Path

PREAMBLE = """
import sweepflow.azure.v1
from azureml.core import *
from azureml.core.compute import AmlCompute, ComputeInstance, ComputeTarget
from azureml.core.compute_target import ComputeTargetException
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.model import InferenceConfig, Model
from azureml.core.webservice import AciWebservice, Webservice
from azureml.train.automl import AutoMLConfig
from azureml.pipeline.core import Pipeline
from azureml.train.hyperdrive.parameter_expressions import *
from azureml.train.hyperdrive.policy import BanditPolicy
from azureml.train.hyperdrive.runconfig import HyperDriveConfig, PrimaryMetricGoal
from azureml.widgets import RunDetails
from azureml.core.authentication import InteractiveLoginAuthentication
from azureml.core.resource_configuration import ResourceConfiguration
ws = Workspace.from_config(auth=InteractiveLoginAuthentication(tenant_id="t"))
exp = Experiment(ws, "exercise")
"""


def run(*lines: str, folder: Path) -> list[str]:
    """What the lines print, or the error that each of them raises, as a notebook shows it; a list a line."""
    text = (
        f"{PREAMBLE}\nfor line in {list(lines)!r}:\n"
        "    try:\n        exec(line)\n"
        "    except Exception as error:\n        print(*error._render_traceback_(), sep='|')\n"
        "    print('---')\n"
    )
    environment = {**os.environ, "SWEEPFLOW_HOME": str(folder / "home")}
    command = [sys.executable, "-W", "error", "-c", text]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return [part.strip() for part in done.stdout.split("---\n")[:-1]]


def test_what_stands_at_the_top_of_a_notebook_has_no_effect_and_does_not_stop_it(tmp_path: Path) -> None:
    told = "note: compute target 'cpu' has no effect here: trials train on this machine"
    printed = run(
        "target = ComputeTarget(workspace=ws, name='cpu')",
        "config = AmlCompute.provisioning_configuration(vm_size='STANDARD_D2_V2', max_nodes=4)",
        "target = ComputeTarget.create(ws, 'cpu', config)",
        "target.wait_for_completion(show_output=True, min_node_count=None, timeout_in_minutes=20)",
        "print(target.get_status().serialize()['provisioningState'], ws.compute_targets['cpu'].name)",
        "print('cpu' in ws.compute_targets, list(ws.compute_targets))",
        "ComputeInstance(workspace=ws, name=list(ws.compute_targets.keys())[0])",
        "target.delete()",
        "env = Environment.from_conda_specification(name='e', file_path='conda.yml')",
        "env = Environment.get(ws, name='AzureML-sklearn-1.0'); env.register(ws)",
        "needs = env.python.conda_dependencies = CondaDependencies.create(conda_packages=['numpy'])",
        "needs.add_pip_package('x'); print(needs.serialize_to_string())",
        "run = exp.start_logging(); run.log('lr', 0.1); run.complete()",
        "print(ws.name, ws.location, ws.subscription_id, ws.resource_group)",
        "print(BanditPolicy(slack_factor=0.1).fields['type'], choice(1, 2)['values'])",
        folder=tmp_path,
    )
    assert printed == [
        *(told, "", "", "", "Succeeded cpu", "False ['local']", "", "", "", "", ""),
        "dependencies:\n- python\n- numpy\n- pip:\n  - x",
        "lr: 0.1",
        "sweepflow local local local",
        "bandit [1, 2]",
    ]


SENTENCES = {
    "Model.deploy(ws, 'service', [], None, None)": "Model.deploy exists only in Azure's cloud: load",
    "InferenceConfig(entry_script='score.py')": "azureml.core.model.InferenceConfig exists only in Azure's",
    "AciWebservice.deploy_configuration(cpu_cores=1)": "AciWebservice.deploy_configuration exists only in",
    "Webservice(ws, 'service')": "azureml.core.webservice.Webservice exists only in Azure's cloud",
    "Pipeline(workspace=ws, steps=[])": "azureml.pipeline.core.Pipeline exists only in Azure's cloud",
    "ComputeTarget(ws, 'cpu').list_nodes()": "exists only in Azure's cloud, and",
    "ws.get_default_keyvault()": "Workspace.get_default_keyvault exists only in Azure's cloud",
    "AutoMLConfig(task='classification')": "note: AutoMLConfig is only a description here",
    "exp.submit(AutoMLConfig(task='x'))": "Experiment.submit of AutoMLConfig exists only in Azure's cloud",
    "Dataset.get_by_name(ws, 'bank data')": "call sweepflow.azure.v1.map_input('bank data', PATH) before",
    "Run.get(ws, 'HD_1')": "there is no run 'HD_1' on record: `sweepflow list` shows the sweeps",
    "sweepflow.azure.v1.map_input('bank', 'no.csv')": "there is no file or folder 'no.csv' to read 'bank'",
}


def test_what_only_the_cloud_has_is_told_in_one_sentence(tmp_path: Path) -> None:
    told = run("ComputeTarget(ws, 'cpu')", *SENTENCES, folder=tmp_path)[1:]
    for printed, (line, sentence) in zip(told, SENTENCES.items(), strict=True):
        assert sentence in printed, line
        assert "|" not in printed, line
        assert len(printed.splitlines()) == 1, line


def test_a_mapped_data_set_is_read_by_its_name_and_by_its_url(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    printed = run(
        "sweepflow.azure.v1.map_input('bank_train.csv', 'table.csv')",
        "print(Dataset.Tabular.from_delimited_files('https://x.org/bank_train.csv').to_pandas_dataframe().shape)",
        "print(list(ws.datasets), ws.datasets['bank_train.csv'].to_pandas_dataframe().b[0])",
        folder=tmp_path,
    )
    assert printed == ["", "(1, 2)", "['bank_train.csv'] 2"]


def test_what_is_uploaded_and_registered_is_found_again(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.csv").write_text("a,b\n1,2\n")
    (tmp_path / "images").mkdir()
    (tmp_path / "images/1.png").touch()
    printed = run(
        "store = ws.get_default_datastore()",
        "print('diabetes' in ws.datasets)",
        "store.upload_files(files=['./one.csv', './two.csv'], target_path='data/', overwrite=True)",
        "table = Dataset.Tabular.from_delimited_files(path=(store, 'data/*.csv'))",
        "table = table.register(workspace=ws, name='diabetes', create_new_version=True)",
        "print(len(ws.datasets.get('diabetes').to_pandas_dataframe()), table.name)",
        "first, _ = table.random_split(0.5, seed=1); first.keep_columns('a').register(ws, 'first')",
        "print(list(ws.datasets['first'].to_pandas_dataframe()))",
        "import pandas; frame = pandas.DataFrame({'c': [7]})",
        "Dataset.Tabular.register_pandas_dataframe(frame, (store, 'frames'), name='made')",
        "print(ws.datasets['made'].to_pandas_dataframe().c[0])",
        "print(Dataset.File.upload_directory('images', (store, 'all')).to_path())",
        folder=tmp_path,
    )
    told = f"note: nothing is uploaded: copies in '{tmp_path}/home/azure/datastore' are read instead"
    assert printed == ["", "False", told, "", "", "2 diabetes", "", "['a']", "", "", "7", "['/1.png']"]


def test_the_stand_in_is_found_by_its_folder_too_and_wins_over_an_installed_sdk(tmp_path: Path) -> None:
    folder = subprocess.run(
        [sys.executable, "-m", "sweepflow.azure.v1"], capture_output=True, text=True, check=True
    ).stdout.strip()
    real = tmp_path / "site/azureml/core"
    real.mkdir(parents=True)
    (real.parent / "__init__.py").touch()
    (real / "__init__.py").touch()
    asks = "import azureml.core, json; print(json.dumps(azureml.core.__file__))"

    def core(path: str, text: str) -> str:
        environment = {**os.environ, "PYTHONPATH": path}
        command = [sys.executable, "-c", text]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return str(json.loads(done.stdout))

    assert core(folder, asks).startswith(folder)
    assert core(str(real.parents[1]), asks).startswith(str(real))
    assert core(str(real.parents[1]), f"import azureml; import sweepflow.azure.v1; {asks}").startswith(folder)
