"""Prepared data: a table split once into training, validation and test parts that trials map into memory."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import Field, ValidationError, model_validator
from sklearn.model_selection import train_test_split

from sweepflow.arrow_types import KINDS
from sweepflow.cells import Cells, read_cells
from sweepflow.data_source import DataSource
from sweepflow.errors import DataError
from sweepflow.features import Feature, Reading, feature
from sweepflow.files import private_folder, replacing
from sweepflow.reading import pandas_index, read_table
from sweepflow.source_files import did_you_mean, open_source
from sweepflow.target import Label, positive_label, target_values
from sweepflow.unions import Number, SpecModel, WholeNumber

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
    "split_rows",
]

_Selected = tuple[dict[str, Any], dict[str, Any]]

_FORMAT_VERSION = 5  # of the prepared files: with a new one, everything is prepared again


class Validation(SpecModel):
    """How many rows are held back: to compare trials (validation), and to judge the chosen model (test)."""

    validation_size: float = Field(default=0.2, gt=0, lt=1, description="Share of all rows, to rank trials.")
    test_size: float = Field(
        default=0.2, gt=0, lt=1, description="Share of all rows, to judge the best model."
    )
    folds: WholeNumber | None = Field(
        default=None,
        ge=2,
        description="Cross-validate on so many parts of all rows but the test's; each makes one interval.",
    )
    stratify: bool | None = Field(default=None, description="Same shares of classes. Default: if any.")
    seed: int = Field(default=0, ge=0, lt=2**32, description="Seed of the random split.")

    @model_validator(mode="after")
    def _leaves_rows_to_train_on(self) -> Self:
        if (total := self.validation_size + self.test_size) >= 1:
            raise ValueError(f"validation_size + test_size must be < 1, got {total}")
        return self


class PreparedData(SpecModel):
    """The folder of the prepared parts, and what is known of them."""

    folder: str = Field(description="Holds train.arrow, validation.arrow, test.arrow and prepared.json.")
    fingerprint: str = Field(description="SHA-256 of the source's bytes, wherever they are.")
    target: str = Field(description="Column to predict.")
    is_classification: bool = Field(description="Whether the target holds classes.")
    labels: tuple[Label, ...] | None = Field(description="Classes in ascending order; null for regression.")
    positive_label: str | int | Number | bool | None = Field(
        description="The positive one of two classes; else null."
    )
    numeric: tuple[str, ...] = Field(description="Features that are numbers, NaN where missing.")
    boolean: tuple[str, ...] = Field(description="Features that are true or false; 1, 0, NaN if some miss.")
    categorical: tuple[str, ...] = Field(description="Features that are text.")
    date: tuple[str, ...] = Field(description="Features that are timestamps, in UTC.")
    time: tuple[str, ...] = Field(default=(), description="Features that are times of day; in seconds.")
    date_formats: dict[str, str] = Field(description="How dates are written in the source, if as text.")
    number_formats: dict[str, dict[str, Any]] = Field(
        default={}, description="How numbers are written in the source, where pandas reads no plain ones."
    )
    read_words: tuple[str, ...] = Field(
        default=(), description="Features of text of which pandas may read a part as numbers or booleans."
    )
    missing_words: tuple[str, ...] = Field(
        default=(), description="Words that count as missing, beside nothing and blanks."
    )
    words_for_missing: dict[str, str] = Field(
        default={}, description="Categories that pandas takes for missing values, one of a column."
    )
    n_categories: dict[str, int] = Field(
        default={}, description="Number of different texts, none among them, of each feature that is text."
    )
    n_rows: dict[str, int] = Field(description="Number of rows of each part.")
    notices: tuple[str, ...] = Field(description="What the user should know, one sentence each.")


def prepare(
    source: DataSource, validation: Validation, cache: Path, *, is_classifier: bool | None
) -> PreparedData:
    """Check, split and write the rows below `cache`, once; with no `is_classifier` the target decides."""
    with open_source(source.path) as files:
        folder = cache.absolute() / _key(files.fingerprint, source, validation, is_classifier)
        if prepared := read_prepared(folder):
            return prepared
        with _told_of(source):
            cells = read_cells(files, source, is_classifier=is_classifier)
    with _told_of(source):
        columns, facts = _select(cells, source, files.files[0].format == "CSV", is_classifier)
        stratify = facts["is_classification"] if validation.stratify is None else validation.stratify
        if stratify and not facts["is_classification"]:
            raise DataError(
                "validation.stratify",
                f"column {source.target!r} holds numbers and no classes: leave stratify out",
            )
        rows = split_rows(
            columns[source.target].to_numpy(zero_copy_only=False), validation, stratify, source.target
        )
    facts["n_rows"] = {part: len(numbers) for part, numbers in rows.items()}
    prepared = PreparedData(folder=str(folder), fingerprint=files.fingerprint, **facts)
    _write(folder, prepared, pa.table(columns), rows)
    return prepared


def check_columns(source: DataSource) -> None:
    """Raise DataError if the table cannot be read, or has not all columns that the source names."""
    with open_source(source.path) as files:
        table = read_table(files)
    with _told_of(source):
        _feature_names(source, table, [])


@contextmanager
def _told_of(source: DataSource) -> Iterator[None]:
    """Let the message of a DataError say which table it is about."""
    try:
        yield
    except DataError as error:
        told = error.message if source.path in error.message else f"{source.path}: {error.message}"
        raise DataError(error.path, told) from error


def load_part(prepared_folder: str | Path, part: Literal["train", "validation", "test"]) -> pd.DataFrame:
    """The features and the target of one part; the numbers are not copied and cannot be written to."""
    with pa.memory_map(str(Path(prepared_folder, f"{part}.arrow"))) as stream:
        frame: pd.DataFrame = pa.ipc.open_file(stream).read_all().to_pandas(split_blocks=True)
    return frame


def load_rows(
    prepared_folder: str | Path, part: Literal["train", "validation", "test"], rows: NDArray[np.intp]
) -> pd.DataFrame:
    """The features and the target of these rows of one part, which need not fit into memory as a whole."""
    with pa.memory_map(str(Path(prepared_folder, f"{part}.arrow"))) as stream:
        frame: pd.DataFrame = pa.ipc.open_file(stream).read_all().take(rows).to_pandas()
    return frame


def load_target(data: PreparedData, part: Literal["train", "validation", "test"]) -> NDArray[Any]:
    """The target of one part."""
    with pa.memory_map(str(Path(data.folder, f"{part}.arrow"))) as stream:
        column = pa.ipc.open_file(stream).read_all().column(data.target)
        return column.to_pandas().to_numpy()  # type: ignore[no-any-return]


def read_prepared(folder: Path) -> PreparedData | None:
    """What is in the folder, wherever it has been moved to; None unless it is whole."""
    try:
        prepared = PreparedData.model_validate_json((folder / "prepared.json").read_bytes())
    except (OSError, ValidationError):
        return None
    is_whole = all((folder / f"{part}.arrow").is_file() for part in prepared.n_rows)
    return prepared.model_copy(update={"folder": str(folder)}) if is_whole else None


def split_rows(
    y: NDArray[Any], validation: Validation, stratify: bool, target: str
) -> dict[str, NDArray[np.intp]]:
    """The row numbers of each part, ascending: the test part is drawn first, validation from the rest.

    `target` is the name of `y`, for whoever reads that it cannot be split (DataError).
    """
    if stratify:
        _check_classes(y, target)
    rows, drawn, seed = np.arange(len(y)), {}, validation.seed
    sizes = {"test": validation.test_size, "validation": ceil(validation.validation_size * len(y))}
    for part, size in sizes.items():
        classes = y[rows] if stratify else None
        try:
            rows, drawn[part] = train_test_split(rows, test_size=size, random_state=seed, stratify=classes)
        except ValueError as error:
            by = f" by the {len(np.unique(y))} classes of column {target!r}" if stratify else ""
            message = f"{len(y)} rows are too few for this split{by}, add rows or change the size: {error}"
            raise DataError(f"validation.{part}_size", message) from error
    parts = {part: drawn.get(part, rows) for part in ("train", "validation", "test")}
    if stratify:
        _exchange(y, parts, seed)
    return {part: np.sort(numbers) for part, numbers in parts.items()}


def _exchange(y: NDArray[Any], parts: dict[str, NDArray[np.intp]], seed: int) -> None:
    """Give each part a row of every class for one of its commonest: a small share may round to none."""
    generator = np.random.default_rng(seed)
    labels, codes = np.unique(y, return_inverse=True)
    for numbers in parts.values():
        for code in sorted(set(range(len(labels))) - set(codes[numbers])):
            donor = max(parts.values(), key=lambda each: (codes[each] == code).sum())
            wanted = generator.choice(np.flatnonzero(codes[donor] == code))
            common = np.bincount(codes[numbers]).argmax()
            given = generator.choice(np.flatnonzero(codes[numbers] == common))
            numbers[given], donor[wanted] = donor[wanted], numbers[given]


def _check_classes(y: NDArray[Any], target: str) -> None:
    labels, counts = np.unique(y, return_counts=True)
    if counts.min() < 3:
        small = labels.tolist()[counts.argmin()]
        found = f"class {small!r} of column {target!r} has {counts.min()} of {len(y)} rows"
        rule = f"needs 3, one for each part ({(counts < 3).sum()} of {len(labels)} classes are too small)"
        raise DataError(
            "data.target", f"{found} but {rule}: add rows, merge classes, or set validation.stratify to false"
        )


def _select(cells: Cells, source: DataSource, is_csv: bool, is_classifier: bool | None) -> _Selected:
    """The columns to write, the target last, and what is known of them."""
    notices = list(cells.notices)
    names = _feature_names(source, cells.table, notices)
    table = cells.table.select([*names, source.target])
    known = table.filter(pc.invert(pc.is_null(table[source.target], nan_is_null=True)))
    if missing := table.num_rows - known.num_rows:
        notices.append(f"{missing} of {table.num_rows} rows have no {source.target!r} and are left out.")
    if not known.num_rows:
        message = f"column {source.target!r} has no values in {table.num_rows} rows: name one that has"
        raise DataError("data.target", message)
    target, labels = target_values(source, known[source.target], is_classifier)
    reading = Reading(source.dates, source.categories, is_csv, is_scaled=is_classifier is not None)
    found = {name: feature(name, known[name], reading, notices) for name in names}
    features = {name: each for name, each in found.items() if each}
    if not features:
        field = "features" if source.features is not None else "drop" if source.drop else "path"
        raise DataError(f"data.{field}", f"no column is left to learn from ({table.num_rows} rows): add one")
    facts = _facts_of(features, cells)
    facts |= {"target": source.target, "labels": labels, "notices": notices}
    facts |= {"is_classification": labels is not None, "positive_label": positive_label(source, labels)}
    return {**{name: found.values for name, found in features.items()}, source.target: target}, facts


def _facts_of(features: Mapping[str, Feature], cells: Cells) -> dict[str, Any]:
    """The names by kind, and how the values are written in the source."""
    facts: dict[str, Any] = {
        kind: [n for n, found in features.items() if found.kind == kind] for kind in KINDS
    }
    facts["date_formats"] = {n: found.date_format for n, found in features.items() if found.date_format}
    formats = {n: found.number_format for n, found in features.items() if found.number_format is not None}
    formats |= {n: how for n, how in cells.number_formats.items() if n in facts["numeric"]}
    read_words = [name for name, found in features.items() if found.has_read_words]
    texts = {name: features[name].values for name in facts["categorical"]}
    return {
        **facts,
        "number_formats": formats,
        "read_words": read_words,
        "n_categories": {n: pc.count_distinct(values, "all").as_py() for n, values in texts.items()},
        "missing_words": cells.missing_words,
        "words_for_missing": cells.words_for_missing,
    }


def _feature_names(source: DataSource, table: pa.Table, notices: list[str]) -> list[str]:
    """The features in the order of the file, without the indexes that pandas writes."""
    columns = table.column_names
    fields = [("target", source.target), *(("drop", name) for name in source.drop)]
    fields += [
        (field, name) for field in ("dates", "categories", "numbers") for name in getattr(source, field)
    ]
    fields += [("features", name) for name in source.features or ()]
    for field, name in fields:
        if name not in columns:
            raise DataError(f"data.{field}", f"there is no column {name!r}: {did_you_mean(name, columns)}")
        if name == source.target and field in ("features", "drop", "dates", "categories"):
            raise DataError(f"data.{field}", f"column {name!r} is the target, leave it out of {field}")
    wanted = set(columns if source.features is None else source.features) - {source.target, *source.drop}
    index = [name for name in pandas_index(table) if name in wanted]
    if source.features is None:
        notices += [f"Column {name!r} is an index written by pandas and is left out." for name in index]
        wanted -= set(index)
    elif named := [name for name in index if name]:
        names = ", ".join(map(repr, named))
        notices.append(f"pandas makes an index of {names}: give a model table.reset_index(), not the table.")
    return [name for name in columns if name in wanted]


def _key(fingerprint: str, source: DataSource, validation: Validation, is_classifier: bool | None) -> str:
    options = source.model_dump(mode="json", exclude={"path"}), validation.model_dump(mode="json")
    key = json.dumps([_FORMAT_VERSION, fingerprint, options, is_classifier])
    return hashlib.sha256(key.encode()).hexdigest()


def _write(folder: Path, prepared: PreparedData, table: pa.Table, rows: dict[str, NDArray[np.intp]]) -> None:
    """Write the folder under a temporary name and rename it; one that is there by then is as good."""
    private_folder(folder.parent)
    with TemporaryDirectory(prefix=".", dir=folder.parent) as temporary:
        built = Path(temporary, folder.name)
        built.mkdir(mode=0o700)
        for part, numbers in rows.items():
            (built / f"{part}.arrow").touch(mode=0o600)
            with pa.ipc.new_file(str(built / f"{part}.arrow"), table.schema) as writer:
                writer.write_table(table.take(numbers).combine_chunks())
        with replacing(built / "prepared.json") as partial:
            partial.write_text(prepared.model_dump_json(indent=2), encoding="utf-8")
        if folder.exists() and not read_prepared(folder):
            shutil.rmtree(folder)  # damaged
        try:
            built.rename(folder)
        except OSError:
            if not read_prepared(folder):
                raise
