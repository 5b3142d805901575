"""The chart of parameter importance."""

import plotly.graph_objects as go

from sweepflow.analysis.forest import Importances
from sweepflow.analysis.importance import FEWEST_TRIALS
from sweepflow.analysis.importance import importances as compute_importances
from sweepflow.archive.sweep import Sweep
from sweepflow.plot.chart import AnalysedSweep, chart
from sweepflow.plot.style import BAR_COLOR, empty
from sweepflow.plot.text import percent, plain

_NOTHING = f"It takes {FEWEST_TRIALS} trials with different values, and a parameter that differs."

_FAILED = "The importances could not be computed."

_LITTLE = 0.2
"""The importances mean little if the forest explains less than this share."""


def _note(analysed: AnalysedSweep) -> str:
    if (failure := analysed.importances_failure) is not None:
        reason = str(failure) or type(failure).__name__
        return f"{reason[:1].upper()}{reason[1:]}. sweepflow report {analysed.sweep.id} tries it again."
    importances = analysed.importances
    if importances is None:
        return ""
    text = (
        "Permutation importance of a random forest (scikit-learn, 100 trees) that predicts a trial's rank "
        f"from its parameters, fitted on {importances.n_trials} trials: how much worse it gets when one "
        "parameter is shuffled, as a share of all. "
        f"It explains {percent(max(0.0, importances.explained))} of the differences "
        "between trials that it was not fitted on"
    )
    return f"{text}, so the shares mean little." if importances.explained < _LITTLE else f"{text}."


def _on_page(analysed: AnalysedSweep) -> go.Figure:
    if analysed.importances_failure is not None:
        return empty(_FAILED)
    return importance(analysed.sweep, analysed.importances)


@chart("Importance", "Parameter importance", _note, on_page=_on_page)
def importance(sweep: Sweep, importances: Importances | None = None) -> go.Figure:
    """How much each parameter mattered, as shares of the whole.

    See `sweepflow.analysis.importance` for what a share means. Pass `importances` if you have them already.
    """
    importances = importances or compute_importances(sweep)
    if importances is None:
        return empty(_NOTHING)
    names, shares = list(importances.shares), list(importances.shares.values())
    bars = go.Bar(
        x=shares,
        y=list(range(len(names))),
        orientation="h",
        marker={"color": BAR_COLOR},
        text=[f"{share:.0%}" for share in shares],
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
    )
    figure = go.Figure(bars)
    figure.update_layout(
        xaxis={"title": {"text": "importance"}, "tickformat": ".0%", "range": [0, 1.1 * max(*shares, 0.1)]},
        yaxis={
            "tickmode": "array",
            "tickvals": list(range(len(names))),
            "ticktext": [f"{plain(name)} " for name in names],
            "autorange": "reversed",
            "automargin": True,
        },
        height=110 + 30 * max(3, len(names)),
        bargap=0.35,
    )
    return figure
