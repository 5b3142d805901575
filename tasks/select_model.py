"""The task that selects and tests the best model."""

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from sweepflow.data.prepared import PreparedData
from sweepflow.result import SelectedModel
from sweepflow.running import selected_model
from sweepflow.running.record import SweepRecord
from sweepflow.spec.spec import Spec


@task(name="select_model", task_run_name="select-model", cache_policy=NO_CACHE, persist_result=False)
def select_model(record: SweepRecord, spec: Spec, data: PreparedData | None) -> SelectedModel:
    """Write the chosen trial's model and its card; SweepFailed if none of the ranked trials has a value."""
    sweep = record.read()
    selected, card = selected_model.select_model(
        record.sweep_id, spec, data, sweep.rows, sweep.reports, record.folder
    )
    create_markdown_artifact(card, key="model-card", description="The selected model")
    return selected
