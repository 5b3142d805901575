"""Prepared data: a table split once into training, validation and test parts that trials map into memory."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sweepflow.base.files import private_folder, replacing
from sweepflow.base.freed_memory import give_back_columns, give_back_freed_memory
from sweepflow.cells.notices import condensed
from sweepflow.data.cells import Cells, read_cells
from sweepflow.data.features import Feature, Reading, feature, plain
from sweepflow.data.labels import Label, in_words
from sweepflow.data.named_parts import named_parts
from sweepflow.data.prepared import PreparedData, load_part, load_rows, load_target, read_prepared, roles_path
from sweepflow.data.role_columns import read_roles
from sweepflow.data.roles import Roles
from sweepflow.data.rows import split, split_notices
from sweepflow.data.source import DataSource, Validation
from sweepflow.data.target import positive_label, target_values
from sweepflow.data.unnamed_roles import role_notices, target_ranks
from sweepflow.data.usable_rows import leave_out_rows
from sweepflow.errors import DataError
from sweepflow.fields.nearest import did_you_mean
from sweepflow.reading.arrow_types import KINDS, is_text
from sweepflow.reading.source_files import open_source
from sweepflow.reading.table import PART, pandas_index, read_table

__all__ = [
    "DataSource",
    "Label",
    "PreparedData",
    "Validation",
    "check_columns",
    "load_part",
    "load_rows",
    "load_target",
    "prepare",
    "read_prepared",
]


class _Selected(NamedTuple):
    """What there is to write and to split."""

    columns: dict[str, Any]
    """The features, and the targets last."""
    facts: dict[str, Any]
    """Fields of `PreparedData`."""
    roles: Roles
    named: dict[str, NDArray[np.intp]] | None
    """The rows of each part, if the user names them."""


_FORMAT_VERSION = 8  # of the prepared files: with a new one, everything is prepared again


def prepare(
    source: DataSource, validation: Validation, cache: Path, *, is_classifier: bool | None
) -> PreparedData:
    """Check, split and write the rows below `cache`, once; if `is_classifier` is None, the target decides.

    Several targets are numbers then.
    """
    with open_source(source.path, source.part_paths, source.columns) as files:
        folder = cache.absolute() / _key(files.fingerprint, source, validation, is_classifier)
        if prepared := read_prepared(folder):
            return prepared
        with _naming_table(source):
            are_numbers = is_classifier is None and len(source.targets) > 1
            cells = read_cells(files, source, is_classifier=False if are_numbers else is_classifier)
    is_csv = files.files[0].format == "CSV"
    with _naming_table(source):
        columns, facts, roles, named = _select(cells, source, validation, is_csv, is_classifier)
        del cells  # whose columns `_by_part` gives back one by one
        stratify = facts["is_classification"] if validation.stratify is None else validation.stratify
        if stratify and not facts["is_classification"]:
            held = in_words("column", source.targets) + (" hold" if len(source.targets) > 1 else " holds")
            raise DataError("validation.stratify", f"{held} numbers and no classes: leave stratify out")
        targets = [columns[name].to_numpy(zero_copy_only=False) for name in source.targets]
        target = np.column_stack(targets) if len(targets) > 1 else targets[0]
        give_back_freed_memory()  # of the reading, before the rows are drawn
        rows = split(target, source, validation, stratify, roles, named)
    facts["notices"] += split_notices(rows, target, facts["labels"], source, validation)
    facts["n_rows"] = {part: len(numbers) for part, numbers in rows.items()}
    prepared = PreparedData(folder=str(folder), fingerprint=files.fingerprint, **facts)
    del targets, target
    _write(folder, prepared, _by_part(columns, rows), roles, rows)
    pa.default_memory_pool().release_unused()  # Arrow would keep the whole table's memory for its next one
    return prepared


def check_columns(source: DataSource) -> None:
    """Raise DataError if the table cannot be read, or lacks a column that the source names."""
    with open_source(source.path, source.part_paths, source.columns) as files:
        table = read_table(files)
    with _naming_table(source):
        _feature_names(source, table, [])


@contextmanager
def _naming_table(source: DataSource) -> Iterator[None]:
    """Add the table's path to the message of a DataError."""
    try:
        yield
    except DataError as error:
        message = error.message if source.path in error.message else f"{source.path}: {error.message}"
        raise DataError(error.path, message) from error


def _select(
    cells: Cells, source: DataSource, validation: Validation, is_csv: bool, is_classifier: bool | None
) -> _Selected:
    """The columns to write and the fields of `PreparedData` about them."""
    notices = condensed(cells.notices)
    part = PART if source.part_paths else validation.part
    table = cells.as_table()
    names = [name for name in _feature_names(source, table, notices) if name != part]
    if part is not None:
        _check_part(part, table, source)
    n_rows = table.num_rows
    del table  # or it would hold the rows that are left out
    leave_out_rows(cells.columns, source, notices)
    rows = cells.as_table()
    targets, labels = target_values(source, rows, is_classifier)
    reading = Reading(source.dates, source.categories, is_csv, cells.offsets, is_classifier is not None)
    columns = {name: feature(name, rows[name], reading, notices) for name in names}
    features = {name: column for name, column in columns.items() if column}
    if not features:
        field = "features" if source.features is not None else "drop" if source.drop else "path"
        raise DataError(f"data.{field}", f"no column is left to learn from ({n_rows} rows): add one")
    facts = _facts_of(features, cells)
    facts |= {"target": source.target, "labels": labels, "notices": notices}
    facts |= {"is_classification": labels is not None, "positive_label": positive_label(source, labels)}
    facts["roles"] = source.roles
    values = {**{name: column.values for name, column in features.items()}, **targets}
    roles = read_roles(source.roles, rows, notices, gap=validation.gap)
    if part is None:
        facts["notices"] += _unnamed_roles(rows, targets, source, is_classification=labels is not None)
    named = part and named_parts("validation.part", part, rows[part], roles, source.group, notices)
    return _Selected(values, facts, roles, named or None)


def _unnamed_roles(
    rows: pa.Table, targets: Mapping[str, Any], source: DataSource, *, is_classification: bool
) -> list[str]:
    """Notices of columns that look like a group or a time, in whatever place of the spec they are."""
    values = [target.to_numpy(zero_copy_only=False) for target in targets.values()]
    ranks = [target_ranks(each, is_classification=is_classification) for each in values]
    others = rows.drop_columns([*targets, *source.roles.names])
    has = {"has_group": source.group is not None, "has_time": bool(source.time)}
    return list(role_notices(others, ranks, **has))


def _check_part(name: str, table: pa.Table, source: DataSource) -> None:
    """Raise DataError if the table has no such column for the parts, or it is something else too."""
    if name not in table.column_names:
        cure = did_you_mean(name, table.column_names)
        raise DataError("validation.part", f"there is no column {name!r}: {cure}")
    roles = dict(source.names_by_role)
    if name in source.targets or name in roles:
        role = "target" if name in source.targets else roles[name]
        raise DataError("validation.part", f"column {name!r} is the {role}: it cannot name the parts too")


def _facts_of(features: Mapping[str, Feature], cells: Cells) -> dict[str, Any]:
    """The names of the features by kind, and how their values are written in the source."""
    facts: dict[str, Any] = {
        kind: [n for n, column in features.items() if column.kind == kind] for kind in KINDS
    }
    facts["date_formats"] = {n: column.date_format for n, column in features.items() if column.date_format}
    facts["time_zones"] = {n: column.time_zone for n, column in features.items() if column.time_zone}
    formats = {n: column.number_format for n, column in features.items() if column.number_format is not None}
    formats |= {n: how for n, how in cells.number_formats.items() if n in facts["numeric"]}
    read_words = [name for name, column in features.items() if column.has_read_words]
    return {
        **facts,
        "number_formats": formats,
        "read_words": read_words,
        "n_categories": {name: features[name].n_categories for name in facts["categorical"]},
        "missing_words": cells.missing_words,
        "words_for_missing": cells.words_for_missing,
    }


def _feature_names(source: DataSource, table: pa.Table, notices: list[str]) -> list[str]:
    """The names of the features in the order of the file, without the indexes that pandas writes."""
    columns = table.column_names
    fields = [
        *(("target", name) for name in source.targets),
        *((role, name) for name, role in source.names_by_role),
    ]
    fields += [("drop", name) for name in source.drop]
    fields += [
        (field, name) for field in ("dates", "categories", "numbers") for name in getattr(source, field)
    ]
    fields += [("features", name) for name in source.features or ()]
    for field, name in fields:
        if name not in columns:
            raise DataError(f"data.{field}", f"there is no column {name!r}: {did_you_mean(name, columns)}")
        if name in source.targets and field in ("features", "drop", "dates", "categories"):
            raise DataError(f"data.{field}", f"column {name!r} is the target, leave it out of {field}")
    left_out = {*source.targets, *source.drop, *source.only_roles}
    selected = set(columns if source.features is None else source.features) - left_out
    index = [name for name in pandas_index(table) if name in selected]
    if source.features is None:
        notices += [f"Column {name!r} is an index written by pandas and is left out." for name in index]
        selected -= set(index)
    elif named_indexes := [name for name in index if name]:
        names = ", ".join(map(repr, named_indexes))
        notices.append(f"pandas makes an index of {names}: give a model table.reset_index(), not the table.")
    return [name for name in columns if name in selected]


def _key(fingerprint: str, source: DataSource, validation: Validation, is_classifier: bool | None) -> str:
    options = (
        source.model_dump(mode="json", exclude={"path", "validation", "test"}),
        validation.model_dump(mode="json"),
    )
    key = json.dumps([_FORMAT_VERSION, fingerprint, options, is_classifier])
    return hashlib.sha256(key.encode()).hexdigest()


def _by_part(columns: dict[str, Any], rows: Mapping[str, NDArray[np.intp]]) -> Iterator[tuple[str, pa.Table]]:
    """Each part and its table; a column is taken out of `columns` before the next is copied."""
    parts: dict[str, dict[str, pa.ChunkedArray]] = {part: {} for part in rows}
    for name in list(columns):
        column = columns.pop(name)
        if is_text(column.type):
            column = plain(column, "categorical")
        for part, numbers in rows.items():
            parts[part][name] = pa.table({name: column.take(pa.array(numbers))}).combine_chunks().column(0)
        n_bytes = column.nbytes
        del column
        give_back_columns(n_bytes)
    for part in rows:
        yield part, pa.table(parts.pop(part))


def _write(
    folder: Path,
    prepared: PreparedData,
    parts: Iterable[tuple[str, pa.Table]],
    roles: Roles,
    rows: Mapping[str, NDArray[np.intp]],
) -> None:
    """Write the folder under a temporary name and rename it; if it exists by then, that one is kept."""
    private_folder(folder.parent)
    with TemporaryDirectory(prefix=".", dir=folder.parent) as temporary:
        built = Path(temporary, folder.name)
        built.mkdir(mode=0o700)
        for part, table in parts:
            _write_table(built / f"{part}.arrow", table)
            if prepared.roles.are_named:
                _write_table(roles_path(built, part), roles.of(rows[part]).table())
        with replacing(built / "prepared.json") as partial:
            partial.write_text(prepared.model_dump_json(indent=2), encoding="utf-8")
        if folder.exists() and not read_prepared(folder):
            shutil.rmtree(folder)  # damaged
        try:
            built.rename(folder)
        except OSError:
            if not read_prepared(folder):
                raise


def _write_table(path: Path, table: pa.Table) -> None:
    path.touch(mode=0o600)
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table)
