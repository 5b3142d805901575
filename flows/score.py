"""The flow that scores new rows with a champion: alone, on promotion, or at the end of a pipeline."""

from pathlib import Path

from prefect import flow
from prefect.runtime import flow_run

from sweepflow.base.settings import home
from sweepflow.flows.engine.call_context import is_deployed
from sweepflow.tasks.promote_model import score_rows


@flow(name="score", persist_result=False)
def score(name: str, rows: str) -> Path:
    """Write the rows of a table with the champion's `prediction` for each; gives the Parquet file's path.

    Args:
        name: The model's name in the registry.
        rows: CSV, Parquet or Arrow file, folder of such files, or URL.
    """
    target = home() / "scores" / f"{name}-{flow_run.id}.parquet"
    return score_rows(name, rows, target, home(), is_trusted=not is_deployed())
