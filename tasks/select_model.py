"""The task that selects and tests the best model."""

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from sweepflow.archive.comparison import compare_with_baseline
from sweepflow.archive.folder import MODEL_CARD
from sweepflow.base.files import replacing
from sweepflow.data.prepared import PreparedData
from sweepflow.errors import SweepFailed
from sweepflow.models.model_file import ModelError, load_model
from sweepflow.result import SelectedModel, TrialCounts, best_trial
from sweepflow.running.hand_over import HandOver
from sweepflow.running.model_card import model_card
from sweepflow.running.record import SweepRecord
from sweepflow.running.selection import missing_metrics
from sweepflow.spec.spec import Spec


@task(name="select_model", task_run_name="select-model", cache_policy=NO_CACHE, persist_result=False)
def select_model(record: SweepRecord, spec: Spec, data: PreparedData | None) -> SelectedModel:
    """Write the chosen trial's model and its card; SweepFailed if none of the ranked trials has a value."""
    sweep, folder = record.read(), record.folder
    rows, reports = sweep.rows, sweep.reports
    if best_trial(rows) is None:
        raise SweepFailed("no trial has a value: there is no model to select")
    selected = HandOver(spec, data, rows, reports, folder).run().with_notices(missing_metrics(spec, rows))
    best = best_trial(rows, selected.number)
    if best is None:
        raise SweepFailed("the selected trial has no value")
    folder.keep_best(best.number)
    folder.drop_arrays()
    counts = TrialCounts.of([row.state for row in rows])
    comparison = compare_with_baseline(spec, rows)
    card = model_card(
        record.sweep_id,
        spec,
        data,
        best,
        counts,
        selected,
        comparison,
        folder.best_files,
        _recipe(spec, data, selected),
    )
    with replacing(folder.path / MODEL_CARD) as partial:
        partial.write_text(card, encoding="utf-8")
    create_markdown_artifact(card, key="model-card", description="The selected model")
    return selected


def _recipe(spec: Spec, data: PreparedData | None, selected: SelectedModel) -> str:
    """How the model can be built again; empty if there is none, or it cannot be told."""
    if data is None or spec.data is None or selected.model_path is None:
        return ""
    from sweepflow.running.recipe import recipe

    try:
        model = load_model(selected.model_path, trusted_modules=spec.trial.own_modules)
    except ModelError:  # which the notice of the selected model tells
        return ""
    return recipe(model, data, spec.data.drop)
