"""A sweep's summary as Markdown with pictures, for an artifact in Prefect's UI."""

from base64 import b64encode
from pathlib import Path

from sweepflow.archive.folder import BEST, RESULT_FILES, TRIALS, WORKERS_LOG
from sweepflow.archive.metric_rows import metric_markdown
from sweepflow.archive.sweep import Sweep
from sweepflow.base.markdown import plain, table
from sweepflow.plot.charts.savings import saved
from sweepflow.report.pictures import learning_curves, parallel_coordinates
from sweepflow.report.words import Summary, summary


def summary_markdown(sweep: Sweep) -> str:
    """The summary: trials by state, time, best parameters, metrics and savings; then pictures and files."""
    texts = summary(sweep)
    sections = [
        f"# {plain(sweep.title)}: {sweep.state}",
        f"**{plain(sweep.error)}**" if sweep.error else "",
        table(("", ""), {card.label: f"{card.value} ({card.note})" for card in texts.cards}),
        *_best(sweep, texts),
        plain(saved(sweep)),
        "## Learning curves",
        picture_markdown("learning curves", learning_curves(sweep)),
        "## Parallel coordinates",
        picture_markdown("parallel coordinates", parallel_coordinates(sweep)),
        "## Files",
        table(("", ""), {name: str(path) for name, path in _files(sweep.folder).items()}),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def picture_markdown(title: str, svg: str) -> str:
    """The picture as Markdown, embedded in the text."""
    return f"![{title}](data:image/svg+xml;base64,{b64encode(svg.encode()).decode()})"


def _best(sweep: Sweep, texts: Summary) -> list[str]:
    if sweep.best is None:
        return []
    return [
        f"## Best parameters: trial {sweep.best.number}",
        table(("parameter", "value"), dict(texts.parameters)),
        "## Metrics of the best trial",
        metric_markdown(texts.metrics),
        plain(texts.test_note),
        plain(texts.cost_note),
    ]


def _files(folder: Path) -> dict[str, Path]:
    paths = {name: folder / name for name in (*RESULT_FILES, BEST, TRIALS, WORKERS_LOG)}
    return {name: path for name, path in paths.items() if path.exists()}
