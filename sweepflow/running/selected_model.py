"""What a sweep leaves behind when its trials are over: the selected model, tested, and its card."""

from collections.abc import Sequence

from sweepflow.archive.comparison import compare_with_baseline
from sweepflow.archive.folder import MODEL_CARD, SweepFolder
from sweepflow.base.files import replacing
from sweepflow.data.prepared import PreparedData
from sweepflow.errors import SweepFailed
from sweepflow.models.model_file import ModelError, load_model
from sweepflow.result import SelectedModel, TrialCounts, best_trial
from sweepflow.running.hand_over import HandOver
from sweepflow.running.model_card import model_card
from sweepflow.running.selection import missing_metrics
from sweepflow.spec.spec import Spec
from sweepflow.training.apart import reading_tables
from sweepflow.trials.rows import MetricRow, RankedRow
from sweepflow.workers import in_child


def select_model(
    sweep_id: str,
    spec: Spec,
    data: PreparedData | None,
    rows: Sequence[RankedRow],
    reports: Sequence[MetricRow],
    folder: SweepFolder,
) -> tuple[SelectedModel, str]:
    """Write the chosen trial's model and its card, which is Markdown; gives both.

    `rows` are the ranked trials; SweepFailed if none of them has a value.
    """
    if best_trial(rows) is None:
        raise SweepFailed("no trial has a value: there is no model to select")
    if spec.validation.folds is None:  # only values of folds are looked at one by one
        reports = ()
    return in_child(_select, sweep_id, spec, data, rows, reports, folder)


def _select(
    sweep_id: str,
    spec: Spec,
    data: PreparedData | None,
    rows: Sequence[RankedRow],
    reports: Sequence[MetricRow],
    folder: SweepFolder,
) -> tuple[SelectedModel, str]:
    selected = HandOver(spec, data, rows, reports, folder).run().with_notices(missing_metrics(spec, rows))
    best = best_trial(rows, selected.number)
    if best is None:
        raise SweepFailed("the selected trial has no value")
    folder.keep_best(best.number)
    folder.drop_arrays()
    card = model_card(
        sweep_id,
        spec,
        data,
        best,
        TrialCounts.of([row.state for row in rows]),
        selected,
        compare_with_baseline(spec, rows),
        folder.best_files,
        reading_tables(lambda: _recipe(spec, data, selected)),
    )
    with replacing(folder.path / MODEL_CARD) as partial:
        partial.write_text(card, encoding="utf-8")
    return selected, card


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
