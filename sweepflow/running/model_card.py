"""The model card: what was searched, on what data, what won, and how good it is."""

import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version

from sweepflow.archive.comparison import Comparison
from sweepflow.archive.cost_words import cost_words
from sweepflow.archive.folder import BEST
from sweepflow.archive.metric_rows import metric_markdown, metric_rows
from sweepflow.base.markdown import code_block, plain, table
from sweepflow.data.prepared import PreparedData
from sweepflow.data.split_words import how_split
from sweepflow.fields.yaml import to_yaml
from sweepflow.result import BestTrial, SelectedModel, TrialCounts
from sweepflow.space.search_space import parameter_names
from sweepflow.spec.spec import Spec
from sweepflow.trials.parameters import Value, text_of
from sweepflow.trials.state import NULL

_MOST_FILES = 20
_TESTED_TWO = (
    "Both models were tested once, and the verdict compares them on the same test rows; where these prove "
    "the choice of the validation rows wrong, the other model is handed over."
)
_LIBRARIES = ("sweepflow", "scikit-learn", "numpy", "pandas", "pyarrow", "skops", "prefect")


def model_card(
    sweep_id: str,
    spec: Spec,
    data: PreparedData | None,
    best: BestTrial,
    trials: TrialCounts,
    selected: SelectedModel,
    comparison: Comparison | None = None,
    best_files: Sequence[str] = (),
    recipe: str = "",
) -> str:
    """The card as Markdown.

    `comparison` compares the best with the baseline, if the spec names one; `best_files` are what the best
    trial wrote, and `recipe` how its model can be built again.
    """
    sections = [
        f"# {plain(spec.display_name or spec.name or 'Model')}",
        plain(spec.description) if spec.description else "",
        f"Sweep `{sweep_id}`: {trials.total} trials ({trials.words}).",
        f"## Best trial: number {best.number}",
        table(("parameter", "value"), {name: _shown(value) for name, value in best.parameters.items()}),
        _verdict(selected),
        "## Metrics",
        _metrics(spec, best, selected),
        _comparison(spec, comparison, selected) if comparison else "",
        _how_tested(spec, data, selected),
        recipe,
        _files(best_files),
        "## Data",
        _data(spec, data, best),
        "## What was searched",
        code_block(_yaml(spec), "yaml"),
        "## Versions",
        table(
            ("library", "version"),
            {"python": platform.python_version()} | {n: version(n) for n in _LIBRARIES} | _own_library(spec),
        ),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _metrics(spec: Spec, best: BestTrial, selected: SelectedModel) -> str:
    rows = metric_markdown(metric_rows(spec.objective.primary_metric, best, selected))
    costs = cost_words(best.metrics)
    return f"{rows}\n\nThe trial's model: {costs}." if costs else rows


def _verdict(selected: SelectedModel) -> str:
    """The verdict, and why the model is not that of the best value."""
    text = f"**{plain(selected.verdict.text)}**" if selected.verdict else ""
    why = f"{plain(selected.why_not_first)}." if selected.why_not_first else ""
    return "\n\n".join(filter(None, (text, why)))


def _own_library(spec: Spec) -> dict[str, str]:
    """The version of the package that the trial names, as `xgboost`, if that tells it."""
    package = spec.trial.label.partition(".")[0]
    own = getattr(sys.modules.get(package), "__version__", None)
    return {package: own} if isinstance(own, str) and package != "sklearn" else {}


def _comparison(spec: Spec, comparison: Comparison, selected: SelectedModel) -> str:
    sentence = f"Beside the baseline: {plain(comparison.line)}."
    if selected.verdict is not None and selected.verdict.difference is not None:
        return f"{sentence} {_TESTED_TWO}"
    if spec.data is None or comparison.value is None:
        return sentence
    return f"{sentence} The baseline was not tested: the test rows are looked at once, for the best trial."


def _how_tested(spec: Spec, data: PreparedData | None, selected: SelectedModel) -> str:
    count = f" It learned from {selected.n_rows:,} rows." if selected.n_rows else ""
    note = f"Note: {plain(selected.notice)}." if selected.notice else ""
    if not selected.test_metrics:
        return f"{note}{count}" if note else "There were no test rows, or no model to test on them."
    fitted = "training and validation rows" if spec.refit or spec.validation.folds else "the training rows"
    tested = f"The model was fitted on {fitted} and tested once, on rows that no trial saw."
    return f"{tested}{count} {_how_sure(data)}" + (f"\n\n{note}" if note else "")


def _how_sure(data: PreparedData | None) -> str:
    """How the intervals were made, and what of the rows counts as one observation."""
    made = (
        "Intervals are at 95 %: score intervals for shares of rows, such as accuracy and F1, and the AUC, "
        "bootstrap-t for means over rows and R^2, widened bootstrap percentiles for other metrics."
    )
    roles = data.roles if data else None
    if roles and roles.group:
        return f"{made} Rows of one group ({plain(roles.group)}) count as one observation there."
    if roles and roles.time:
        return f"{made} Rows that follow each other count as one observation there, in blocks of time."
    return made


def _files(paths: Sequence[str]) -> str:
    if not paths:
        return ""
    shown = [f"- {plain(path)}" for path in paths[:_MOST_FILES]]
    more = [f"- and {len(paths) - _MOST_FILES} more"] if len(paths) > _MOST_FILES else []
    head = ["## Files of the best trial", "", f"In the folder `{BEST}` of the sweep:", ""]
    return "\n".join([*head, *shown, *more])


def _data(spec: Spec, data: PreparedData | None, best: BestTrial) -> str:
    if data is None or spec.data is None:
        return "The trials brought their own data."
    from sweepflow.leaks import leaks_of

    facts = {
        "source": spec.data.path,
        "fingerprint (SHA-256)": data.fingerprint,
        **_targets(data),
        **{f"{part} rows": count for part, count in data.n_rows.items()},
        "split": how_split(spec.data, spec.validation),
        **({"weight of a row": data.roles.weight} if data.roles.weight else {}),
        "numeric columns": len(data.numeric),
        "boolean columns": len(data.boolean),
        "categorical columns": len(data.categorical),
        "date columns": len(data.date),
        **({"time columns": len(data.time)} if data.time else {}),
    }
    names = parameter_names(spec.search_space) - spec.trial.hidden(spec.search_space)
    given = {name: value for name, value in best.parameters.items() if name in names}
    facts |= spec.trial.facts(given, data)
    if data.labels is not None:
        facts["labels"] = ", ".join(str(label) for label in data.labels)
    if data.positive_label is not None:
        facts["positive label"] = str(data.positive_label)
    notices = [f"- {plain(notice)}" for notice in (*data.notices, *leaks_of(data))]
    return "\n".join([table(("", ""), facts), *(["", *notices] if notices else [])])


def _targets(data: PreparedData) -> dict[str, str]:
    if len(data.targets) == 1:
        return {"target": data.targets[0]}
    return {
        "targets": ", ".join(data.targets),
        "prediction": "a column for each target, in this order; metrics are means over the targets",
    }


def _yaml(spec: Spec) -> str:
    searched = ("trial", "search_space", "sampling_algorithm", "objective", "early_termination", "limits")
    fields = spec.model_dump(mode="json", exclude_none=True, include={*searched, "baseline"})
    return to_yaml(fields)


def _shown(value: Value) -> str:
    return NULL if value is None else text_of(value)
