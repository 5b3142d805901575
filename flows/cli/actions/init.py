"""What `sweepflow init` does: look at a table, write a first spec for it that is known to run."""

import os
import shlex
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console

from sweepflow.base.files import replacing
from sweepflow.base.settings import cores, home
from sweepflow.data.cells import read_cells
from sweepflow.data.source import DataSource
from sweepflow.errors import Problem, SpecError
from sweepflow.flows.cli.screen.text import text
from sweepflow.reading.source_files import open_source
from sweepflow.reading.table import read_table
from sweepflow.running.preflight import memory_notices, prepare_data
from sweepflow.spec.file import read_spec
from sweepflow.spec.spec import Spec
from sweepflow.starter import TableFacts, choose, facts_of, nulls_for, spec_text

_COLUMNS_TOLD = 50


def start_spec(source: str, target: str | None, output: Path, *, overwrites: bool) -> dict[str, Any]:
    """Write a spec for the table, and tell what was decided; SpecError or DataError, and no file, if not."""
    if target is None:
        _refuse("--target", f"must name the column to predict: {_listed(_names(source))}")
    if output.exists() and not overwrites:
        _refuse(
            "--output", f"'{output}' is there already: --overwrite replaces it, another --output keeps it"
        )
    facts = _facts(source, target)
    choice = choose(facts)
    name = Path(source.rstrip("/")).name.partition(".")[0] or "sweep"
    words = spec_text(name, _path_from(output.absolute().parent, source), facts, choice)
    notices = _write_checked(words, output)
    return {
        "spec_path": str(output.absolute()),
        "given_path": str(output),
        "target": target,
        "task": "classification" if choice.is_classification else "regression",
        "positive_label": choice.positive_label,
        "primary_metric": choice.metric,
        "dropped": choice.drop,
        "dates": list(choice.dates),
        "notices": notices,
    }


def show_start(console: Console, found: dict[str, Any]) -> None:
    """Print what was decided, and what to do next."""
    positive = found["positive_label"]
    label = "" if positive is None else f", the positive label is {positive}"
    console.print(text(f"{found['task']} of {found['target']}{label}; by {found['primary_metric']}"))
    for name, reason in found["dropped"].items():
        console.print(text(f"left out: column {name!r} {reason}"), soft_wrap=True)
    if found["dates"]:
        console.print(text(f"read as dates: {', '.join(found['dates'])}"), soft_wrap=True)
    for notice in found["notices"]:
        console.print(text(f"note: {notice}"), soft_wrap=True)
    console.print(text(f"spec        {found['spec_path']}"), soft_wrap=True)
    console.print(text(f"to run it: sweepflow run {shlex.quote(found['given_path'])}"), soft_wrap=True)


def _names(source: str) -> list[str]:
    with open_source(source) as files:
        return list(read_table(files).column_names)


def _facts(source: str, target: str) -> TableFacts:
    """What is to be known of the table, its cells read as the spec will say."""
    asked = DataSource.parse({"path": source, "target": target})
    with open_source(source) as files:
        cells = read_cells(files, asked, is_classifier=None, guesses=True)
        codes, nulls = cells.codes, nulls_for(files, cells, target)
        if codes or nulls:
            update = {"categories": tuple(codes), "nulls": nulls or None}
            cells = read_cells(files, asked.model_copy(update=update), is_classifier=None, guesses=True)
    facts = facts_of(cells.table, target)
    return facts._replace(
        numbers=cells.numbers, mixed=cells.mixed, codes=codes, nulls=nulls, signs=cells.signs
    )


def _path_from(folder: Path, source: str) -> str:
    """The table's path as a spec in that folder has to name it."""
    return source if "://" in source else os.path.relpath(Path(source).expanduser().absolute(), folder)


def _write_checked(words: str, output: Path) -> list[str]:
    """Write a spec that `sweepflow run` takes; gives what it will say about it."""
    try:
        with replacing(output) as partial:
            partial.write_text(words, encoding="utf-8")
            spec = Spec.checked(read_spec(partial), is_trusted=True)
            data = prepare_data(spec, home())
    except OSError as error:
        _refuse("--output", f"'{output}' cannot be written: {error.strerror or error}")
    memory = memory_notices(spec, data, cores())
    return [*spec.notices(cores()), *(data.notices if data else ()), *memory]


def _listed(names: list[str]) -> str:
    more = f", ... ({len(names)} in all)" if len(names) > _COLUMNS_TOLD else ""
    return ", ".join(names[:_COLUMNS_TOLD]) + more


def _refuse(path: str, message: str) -> NoReturn:
    raise SpecError([Problem(path, message)])
