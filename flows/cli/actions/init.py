"""What `sweepflow init` does: read a table, and write a first spec for it that is known to run."""

import os
import shlex
from pathlib import Path
from typing import Any, Literal, NoReturn

from rich.console import Console

from sweepflow.base.files import replacing
from sweepflow.base.settings import cores, home
from sweepflow.data.cells import read_cells
from sweepflow.data.prepare import prepare
from sweepflow.data.prepared import PreparedData
from sweepflow.data.source import DataSource, Validation
from sweepflow.errors import Problem, SpecError
from sweepflow.flows.cli.screen.text import text
from sweepflow.leaks import answers_in
from sweepflow.reading.csv_files import column_count
from sweepflow.reading.source_files import open_source
from sweepflow.reading.table import read_table
from sweepflow.running.preflight import Prepared, prepare_sweep
from sweepflow.spec.file import read_spec
from sweepflow.spec.spec import Spec
from sweepflow.starter import (
    Comparison,
    FirstSpec,
    TableFacts,
    by_reason,
    choose,
    compare,
    facts_of,
    families,
    nulls_for,
    spec_text,
    task_of,
    without,
)

_COLUMNS_LISTED = 50


def one_target(targets: list[str]) -> str | None:
    """The column to predict; None if none is named, SpecError if several are."""
    if len(targets) > 1:
        several = f"write target: [{', '.join(targets)}] into its spec, and name an estimator that takes them"
        _refuse("--target", f"must be one column: begin with {targets[0]}, then {several}")
    return targets[0] if targets else None


def start_spec(
    source: str,
    target: str | None,
    output: Path,
    *,
    task: Literal["classification", "regression"] | None = None,
    overwrites: bool,
    has_header: bool = True,
) -> dict[str, Any]:
    """Write a spec for the table and return what was chosen; no file if SpecError or DataError is raised.

    Without a task, the target decides; without a header, the columns are numbered from 1.
    """
    columns = None if has_header else _numbered_columns(source)
    if target is None:
        _refuse("--target", f"must name the column to predict: {_comma_separated(_names(source, columns))}")
    if output.exists() and not overwrites:
        _refuse(
            "--output", f"'{output}' is there already: --overwrite replaces it, another --output keeps it"
        )
    is_classification = None if task is None else task == "classification"
    facts = _facts(source, target, columns, is_classification)
    choice = choose(facts, is_classification)
    choice, spec, comparison, notices = _write_checked(source, output, facts, choice)
    return {
        "spec_path": str(output.absolute()),
        "given_path": str(output),
        "target": target,
        "task": "classification" if choice.is_classification else "regression",
        "positive_label": choice.positive_label,
        "primary_metric": choice.metric,
        "estimator": spec.trial.label,
        "compared": {tried.name: tried.value for tried in comparison.tried},
        "dropped": choice.drop,
        "dates": list(choice.dates),
        "group": spec.data and spec.data.group,
        "time": list(spec.data.time) if spec.data else [],
        "notices": list(notices),
    }


def show_start(console: Console, start: dict[str, Any]) -> None:
    """Print what `start_spec` has chosen, and what to do next."""
    positive = start["positive_label"]
    label = "" if positive is None else f", the positive label is {positive}"
    console.print(text(f"{start['task']} of {start['target']}{label}; by {start['primary_metric']}"))
    console.print(text(f"tunes       {start['estimator']}{_against(start)}"), soft_wrap=True)
    for names, reason in by_reason(start["dropped"]):
        many = f"{len(names)} columns, each of which {reason}: {_comma_separated(names, 10)}"
        what = f"column {names[0]!r} {reason}" if len(names) == 1 else many
        console.print(text(f"left out: {what}"), soft_wrap=True)
    if start["dates"]:
        console.print(text(f"read as dates: {', '.join(start['dates'])}"), soft_wrap=True)
    if start["time"]:
        console.print(text(f"splits      forward in time: {', '.join(start['time'])}"), soft_wrap=True)
    if start["group"] is not None:
        console.print(text(f"splits      by groups: {start['group']}"), soft_wrap=True)
    for notice in start["notices"]:
        console.print(text(f"note: {notice}"), soft_wrap=True)
    console.print(text(f"spec        {start['spec_path']}"), soft_wrap=True)
    console.print(text(f"to run it: sweepflow run {shlex.quote(start['given_path'])}"), soft_wrap=True)


def _against(start: dict[str, Any]) -> str:
    """What the estimators reached with their defaults."""
    values = {name: value for name, value in start["compared"].items() if value is not None}
    if not values:
        return ""
    reached = ", ".join(f"{name} {value:.4g}" for name, value in values.items())
    is_first_best = next(iter(values.values())) == max(values.values())
    chance = "" if is_first_best else "; no other is better by more than chance"
    return f" ({start['primary_metric']}, untuned: {reached}{chance})"


def _numbered_columns(source: str) -> tuple[str, ...]:
    """A name for each column of a CSV file."""
    with open_source(source) as files:
        if files.files[0].format != "CSV":
            _refuse("--no-header", f"is for CSV files; {source} names its columns")
        return tuple(f"column_{number + 1}" for number in range(column_count(files.files[0])))


def _names(source: str, columns: tuple[str, ...] | None) -> list[str]:
    with open_source(source, columns=columns) as files:
        return list(read_table(files).column_names)


def _facts(
    source: str, target: str, columns: tuple[str, ...] | None, is_classifier: bool | None
) -> TableFacts:
    """The facts about the table, its cells read in the way that the spec will name."""
    data_source = DataSource.parse({"path": source, "target": target, "columns": columns})
    with open_source(source, columns=columns) as files:
        cells = read_cells(files, data_source, is_classifier=is_classifier, guesses=True)
        codes, nulls = cells.codes, nulls_for(files, cells, target)
        if codes or nulls:
            update = {"categories": tuple(codes), "nulls": nulls or None}
            cells = read_cells(
                files, data_source.model_copy(update=update), is_classifier=is_classifier, guesses=True
            )
    facts = facts_of(cells.as_table(), target)
    return facts._replace(
        numbers=cells.numbers,
        mixed=cells.mixed,
        codes=codes,
        nulls=nulls,
        signs=cells.signs,
        columns=columns or (),
    )


def _path_from(folder: Path, source: str) -> str:
    """The table's path, relative to the folder of the spec; a URL as it is."""
    return source if "://" in source else os.path.relpath(Path(source).expanduser().absolute(), folder)


def _write_checked(
    source: str, output: Path, facts: TableFacts, choice: FirstSpec
) -> tuple[FirstSpec, Spec, Comparison, tuple[str, ...]]:
    """Write a spec that `sweepflow run` accepts; return what it rests on, it, and the notices of its run.

    Columns that are the answer are left out: an estimator that is best with them need not be without.
    """
    name = Path(source.rstrip("/")).name.partition(".")[0] or "sweep"
    path = _path_from(output.absolute().parent, source)
    try:
        with replacing(output) as partial:
            partial.write_text(spec_text(name, path, facts, choice), encoding="utf-8")
            data, validation = _prepared(partial, choice)
            if answers := answers_in(data):
                choice = without(choice, facts, answers)
                partial.write_text(spec_text(name, path, facts, choice), encoding="utf-8")
                data, validation = _prepared(partial, choice)
            candidates = families(task_of(facts, choice))
            comparison = compare(candidates, data, choice.metric, validation.folds, validation.seed)
            partial.write_text(spec_text(name, path, facts, choice, comparison), encoding="utf-8")
            spec = Spec.checked(read_spec(partial), is_trusted=True)
            return choice, spec, comparison, prepare_sweep(Prepared(spec, cores()), home()).notices
    except OSError as error:
        _refuse("--output", f"'{output}' cannot be written: {error.strerror or error}")


def _prepared(draft: Path, choice: FirstSpec) -> tuple[PreparedData, Validation]:
    """The rows that the draft of a spec names, and how it splits them."""
    fields = read_spec(draft)
    source, validation = DataSource.parse(fields["data"]), Validation.parse(fields["validation"])
    data = prepare(source, validation, home() / "data", is_classifier=choice.is_classification)
    return data, validation


def _comma_separated(names: list[str], most: int = _COLUMNS_LISTED) -> str:
    more = f", ... ({len(names)} in all)" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _refuse(path: str, message: str) -> NoReturn:
    raise SpecError([Problem(path, message)])
