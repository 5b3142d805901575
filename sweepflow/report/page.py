"""The page: the template, filled in with texts, tables and the data of the charts."""

import base64
import gzip
import hashlib
import platform
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import NamedTuple

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup
from pydantic import ValidationError

from sweepflow import plot
from sweepflow.analysis.forest import Importances
from sweepflow.archive.sweep import Sweep
from sweepflow.base.freed_memory import give_back_freed_memory
from sweepflow.base.printable import printable
from sweepflow.data.prepared import PreparedData
from sweepflow.data.split_words import how_split
from sweepflow.fields.yaml import to_yaml
from sweepflow.plot.chart import AnalysedSweep
from sweepflow.report.failures import failures
from sweepflow.report.payload import Payload
from sweepflow.report.thinning import thinned, thinning_note
from sweepflow.report.words import summary

_LIBRARIES = ("sweepflow", "prefect", "scikit-learn", "numpy", "pandas", "plotly")


def page(sweep: Sweep, importances: "Future[Importances | None] | None" = None) -> Iterator[str]:
    """The page as HTML, in pieces; names and texts of users are escaped."""
    analysed = AnalysedSweep(sweep, importances)
    drawn = thinned(sweep)
    payload = Payload.of(analysed, drawn)
    scripts, plotly = [_file("table.js"), _file("charts.js")], _plotly()
    return _template().generate(
        policy=_policy([*map(_digest, map(str.encode, scripts)), plotly.digest]),
        style=Markup(_file("report.css")),
        sweep=sweep,
        sections=_sections(),
        charts=plot.CHARTS,
        analysed=analysed,
        thinning=thinning_note(sweep, drawn),
        summary=summary(sweep),
        slices=payload.slices,
        failures=failures(sweep),
        data=list(_data(sweep)),
        versions=[("python", platform.python_version()), *((name, version(name)) for name in _LIBRARIES)],
        spec=to_yaml(sweep.spec.model_dump(mode="json", exclude_none=True)),
        written=f"{datetime.now(UTC):%Y-%m-%d at %H:%M} UTC",
        payload=Markup(payload.text()),
        plotly=Markup(plotly.packed),
        scripts=[Markup(script) for script in scripts],
    )


def get_ready() -> None:
    """Import and read what every page needs, which takes longer than to write one of a small sweep."""
    import plotly.graph_objects as go

    go.Figure(go.Scatter(x=[0], y=[0])).to_json()
    _plotly()
    give_back_freed_memory()  # 5 MB of the script, which compressing it took


def _sections() -> list[tuple[str, str]]:
    """The ID of each section, and its name in the navigation."""
    charts = [(chart.section, chart.label) for chart in plot.CHARTS]
    return [("summary", "Summary"), *charts, ("trials", "Trials"), ("failures", "Failures"), ("spec", "Spec")]


def _template() -> Template:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_inert_lines,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.from_string(_file("template.html"))


def _inert_lines(value: object) -> object:
    """A text without control characters except line breaks; our own markup is not changed."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return "\n".join(map(printable, value.split("\n")))


def _file(name: str) -> str:
    return files("sweepflow.report").joinpath(name).read_text(encoding="utf-8")


class _Script(NamedTuple):
    """A script of a library."""

    digest: str
    """Its SHA-256 in base64."""
    packed: str
    """The script, compressed by gzip, in base64: a page of 2 MB where it would be one of 5."""


@cache
def _plotly() -> _Script:
    """Plotly's script, as `plotly.offline.get_plotlyjs` gives it, but never as a text, of 10 MB."""
    script = files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()
    return _Script(_digest(script), _base64(gzip.compress(script, compresslevel=6, mtime=0)))


def _policy(digests: Iterable[str]) -> str:
    """The content security policy: only scripts with these digests may run, and nothing may be fetched.

    Plotly's parallel coordinates compile code at run time, which counts as `eval`.
    """
    hashes = " ".join(f"'sha256-{digest}'" for digest in digests)
    scripts_allowed = f"script-src 'unsafe-eval' {hashes}"
    return f"default-src 'none'; {scripts_allowed}; style-src 'unsafe-inline'; img-src data: blob:"


def _digest(script: bytes) -> str:
    return _base64(hashlib.sha256(script).digest())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _data(sweep: Sweep) -> Iterator[tuple[str, str]]:
    """The facts about the data; none if the trials load their own data."""
    if sweep.spec.data is not None:
        yield "source", sweep.spec.data.path
        targets = sweep.spec.data.targets
        yield "targets" if len(targets) > 1 else "target", ", ".join(targets)
        yield "split", how_split(sweep.spec.data, sweep.spec.validation)
        if sweep.spec.data.weight is not None:
            yield "weight of a row", sweep.spec.data.weight
    if sweep.data_fingerprint is not None:
        yield "fingerprint (SHA-256)", sweep.data_fingerprint
    if (prepared := _prepared(sweep)) is not None:
        yield from ((f"{part} rows", f"{count:,}") for part, count in prepared.n_rows.items())


def _prepared(sweep: Sweep) -> PreparedData | None:
    try:
        return PreparedData.model_validate_json((sweep.folder / "data/prepared.json").read_bytes())
    except (OSError, ValidationError):  # from another version, or deleted by hand
        return None
