"""What the cells of a table mean: numbers, categories, or missing values."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from sweepflow.cells import notices as cell_notices
from sweepflow.cells.dates import OFFSET, offset_of
from sweepflow.cells.notices import HALF, NEARLY_ALL
from sweepflow.cells.texts import TextCounts, count_texts, number_words
from sweepflow.cells.values import (
    ColumnValues,
    category_values,
    holds_numbers,
    number_values,
    plain_values,
    text_values,
)
from sweepflow.cells.written_cells import first_matches, like_thousands
from sweepflow.cells.written_numbers import WrittenNumbers, written_numbers
from sweepflow.data.source import DataSource
from sweepflow.data.target import MOST_CLASSES
from sweepflow.errors import DataError
from sweepflow.reading.arrow_types import is_text
from sweepflow.reading.csv_files import MISSING_WORDS, CsvReading, count_words, decimal_sign
from sweepflow.reading.source_files import Source
from sweepflow.reading.table import PART, is_declared, read_table, with_columns

__all__ = ["Cells", "read_cells"]

_OPPOSITE = {",": ".", ".": ","}


class Cells(NamedTuple):
    """A table whose numbers are numbers and whose missing cells are null, and how its cells were read."""

    table: pa.Table
    number_formats: dict[str, dict[str, Any]]
    """How the numbers of a column are written, for `column_values.numbers`; not of plain numbers."""
    missing_words: tuple[str, ...]
    """The words that count as missing in a feature, besides empty cells and blanks."""
    words_for_missing: dict[str, str]
    """By column the category that pandas takes for a missing value, if no cell of the column is missing."""
    numbers: dict[str, str]
    """The columns of text that are read as numbers, with their notices."""
    mixed: dict[str, float]
    """The columns of categories in which at least half of the cells are numbers, with the share of these."""
    codes: dict[str, str]
    """Columns of numbers that look like codes with a leading zero, with an example each."""
    words_beside_dates: tuple[str, ...]
    """The words in columns of text that would hold only dates or times without them."""
    signs: dict[str, str]
    """The decimal and the thousands sign, if they were derived and not given by the spec."""
    notices: tuple[str, ...]
    offsets: Mapping[str, str] = MappingProxyType({})
    """By column of times the offset from UTC of its first text in a CSV file that has one."""


class _RawTable(NamedTuple):
    """A table read with that decimal sign, and its columns of text that may turn out to be numbers."""

    table: pa.Table
    decimal: str
    usual: str | None
    """The decimal sign that the separator of a CSV file implies; None for other files."""
    texts: dict[str, TextCounts]
    numbers: dict[str, WrittenNumbers]
    """The columns of text that hold numbers."""

    def shown_decimals(self) -> set[str]:
        """The decimal signs that a column of text shows without doubt."""
        return {w.format.decimal for w in self.numbers.values() if w.are_nearly_all and w.shows_decimal}


def read_cells(
    files: Source, source: DataSource, *, is_classifier: bool | None, guesses: bool = False
) -> Cells:
    """The table of a source, with its cells converted.

    DataError if a sign may separate decimals or thousands. With `guesses` it separates thousands, and a
    column holds numbers if nearly all of its distinct texts are numbers, however often the others occur.
    """
    usual = decimal_sign(files)
    words = source.nulls if source.nulls is not None else MISSING_WORDS if usual else ()
    given = source.decimal or _OPPOSITE.get(source.thousands or "")
    raw = _read(files, source, words, given or usual or ".")
    if usual and not given and _OPPOSITE[raw.decimal] in raw.shown_decimals():
        raw = _read_otherwise(raw, files, source, words)
    shown = {given} if given else _shown_decimals(raw, source)
    decimal = min(shown) if len(shown) == 1 else None
    numbers, open_signs = {}, set()
    for name, written in raw.numbers.items():
        if source.thousands or (decimal and not written.shows_decimal):
            written = written_numbers(raw.texts[name], decimal, source.thousands) or written
        is_guess = guesses and _may_be_numbers(raw.texts[name], written)
        if not _is_number(name, written, source, is_classifier, is_guess=is_guess):
            continue
        if written.fits_otherwise and (shown or written.format.decimal != (usual or ".")):
            if not guesses:
                raise _ambiguity_error(name, raw.texts[name], written, is_target=name in source.targets)
            open_signs.add(written.format.decimal)
        numbers[name] = written
    if open_signs:
        signs = _guessed_signs(open_signs, is_mixed=len(shown) > 1)
        decided_source = source.model_copy(update={**signs, "numbers": tuple(numbers)})
        return read_cells(files, decided_source, is_classifier=is_classifier)._replace(signs=signs)
    cells = _converted(raw, source, words, numbers, _signs(raw, source, numbers))
    return _with_csv_notices(cells, files, source, words) if usual else cells


def _guessed_signs(open_signs: set[str], *, is_mixed: bool) -> dict[str, str]:
    """The field that decides what these signs separate: thousands, unless other columns show otherwise."""
    if "," in open_signs:
        return {"thousands": ","}
    return {"decimal": "."} if is_mixed else {"thousands": "."}


def _read(files: Source, source: DataSource, words: Sequence[str], decimal: str) -> _RawTable:
    as_text = (*source.dates, *source.categories)
    others = [word for word in words if not number_words([word])]
    reading = CsvReading(as_text, decimal, others, keeps_words=True)
    table = read_table(files, reading)
    # Arrow reads these as numbers, pandas as text.
    misread = [*first_matches(files, r"^\s*[-+]?0[xX]", _integers(table, source))]
    targets = [name for name in source.targets if name in table.column_names]
    # Its cells are empty or such words, which are its classes.
    misread += [name for name in targets if types.is_null(table[name].type)]
    if misread:
        table = read_table(files, reading._replace(as_text=(*as_text, *misread)))
    fields = [table.schema.field(name) for name in _used(table, source) if name not in source.dates]
    texts = {field.name: count_texts(table[field.name], words) for field in fields if is_text(field.type)}
    categories = {*source.categories, *(field.name for field in fields if is_declared(field))}
    readings = {name: written_numbers(texts[name]) for name in texts if name not in categories}
    with_numbers = {name: written for name, written in readings.items() if written}
    return _RawTable(table, decimal, decimal_sign(files), texts, with_numbers)


def _read_otherwise(raw: _RawTable, files: Source, source: DataSource, words: Sequence[str]) -> _RawTable:
    """The table read with the other decimal sign, which some columns show: others may have been misread.

    If some columns show the first sign too, the table is the one read with a point: numbers with a comma stay
    text then, which can be checked.
    """
    other = _read(files, source, words, _OPPOSITE[raw.decimal])
    is_mixed = raw.decimal in other.shown_decimals()
    return raw if is_mixed and raw.decimal == "." else other


def _used(table: pa.Table, source: DataSource) -> list[str]:
    names = {*(table.column_names if source.features is None else source.features), *source.targets}
    names |= {name for name, _ in source.names_by_role}
    names -= {*source.drop, PART}
    return [name for name in table.column_names if name in names]


def _is_number(
    name: str, written: WrittenNumbers, source: DataSource, is_classifier: bool | None, *, is_guess: bool
) -> bool:
    if name in source.numbers:
        return True
    are_nearly_all = written.are_nearly_all or is_guess
    if name in source.targets and is_classifier is None:
        return are_nearly_all and len(np.unique(written.numbers)) > MOST_CLASSES
    return are_nearly_all and not (name in source.targets and is_classifier)


def _may_be_numbers(texts: TextCounts, written: WrittenNumbers) -> bool:
    """Whether most cells of a column are numbers, and the others a few words that are repeated."""
    n_numbers = int((~np.isnan(written.numbers) & texts.is_known).sum())
    return written.share >= HALF and n_numbers >= NEARLY_ALL * texts.is_known.sum()


def _shown_decimals(raw: _RawTable, source: DataSource) -> set[str]:
    """The decimal signs that any column of the table shows."""
    shown = raw.shown_decimals()
    floats = [raw.table[n] for n in _used(raw.table, source) if types.is_float64(raw.table[n].type)]
    has_fractions = any(pc.any(pc.not_equal(pc.round(column), column)).as_py() for column in floats)
    return shown | {raw.decimal} if raw.usual and has_fractions else shown


def _ambiguity_error(name: str, texts: TextCounts, written: WrittenNumbers, *, is_target: bool) -> DataError:
    sign = "," if written.format.decimal == "," else "."
    example = next(text for text in texts.texts.to_pylist() if sign in text)
    problem = (
        f"column {name!r} has numbers like {example!r}, whose {sign!r} may separate decimals or thousands"
    )
    cure = f'say decimal: "{sign}" or thousands: "{sign}"'
    cure += "" if is_target else " (or name it in data.categories)"
    return DataError("data.decimal", f"{problem}: {cure}")


def _signs(raw: _RawTable, source: DataSource, numbers: dict[str, WrittenNumbers]) -> dict[str, str]:
    """The signs to write into a spec, unless the separator implies them."""
    if source.decimal or source.thousands:
        return {}
    formats = [written.format for written in numbers.values()]
    decimals = _shown_decimals(raw, source) | {"," for format in formats if format.decimal == ","}
    if len(decimals) > 1:  # then each column shows its own
        return {}
    thousands = {format.thousands for format in formats} - {"", *decimals}
    signs = {"decimal": ","} if decimals == {","} and raw.usual != "," else {}
    return {**signs, "thousands": thousands.pop()} if len(thousands) == 1 else signs


def _converted(
    raw: _RawTable,
    source: DataSource,
    words: Sequence[str],
    numbers: dict[str, WrittenNumbers],
    signs: dict[str, str],
) -> Cells:
    table, columns = raw.table, {}
    for name in _used(table, source):
        missing = words if name not in source.targets else source.nulls or ()
        columns[name] = _converted_column(name, raw, source, missing, numbers.get(name))
    table = with_columns(table, {name: column.values for name, column in columns.items()})
    notices = [notice for column in columns.values() for notice in column.notices]
    if raw.usual == "." and raw.decimal == "," and not source.decimal:
        notices.insert(0, "Numbers are read with a decimal comma, as columns of the table show.")
    formats = {name: column.number_format for name, column in columns.items() if column.number_format}
    number_notices = {name: " ".join(columns[name].notices) for name in numbers}
    shares = {name: w.share_in_any_way for name, w in raw.numbers.items() if name not in numbers}
    mixed = {name: share for name, share in shares.items() if share >= HALF}
    others = {*numbers, *source.categories, *source.time, *source.targets}
    rest = {n: t for n, t in raw.texts.items() if n not in others}
    notices += [notice for n, counts in rest.items() for notice in cell_notices.about_dates(n, counts)]
    odd_words = (word for counts in rest.values() for word in cell_notices.words_beside_dates(counts))
    odd = tuple(dict.fromkeys(odd_words))
    return Cells(table, formats, tuple(words), {}, number_notices, mixed, {}, odd, signs, tuple(notices))


def _converted_column(
    name: str, raw: _RawTable, source: DataSource, missing: Sequence[str], written: WrittenNumbers | None
) -> ColumnValues:
    """The values of a column; `written` are its numbers if it is text that is read as numbers."""
    column, texts = raw.table[name], raw.texts.get(name)
    if texts and name in source.targets:
        texts = texts.with_missing(missing)
    if texts and written:
        return number_values(name, column, texts, written, number_words(missing))
    if name in source.numbers and not holds_numbers(column.type):
        held = "no numbers" if texts else f"{column.type} values"
        message = f"column {name!r} holds {held} ({len(column)} rows): leave it out of numbers"
        raise DataError("data.numbers", message)
    if name in source.categories and not is_text(column.type):
        return category_values(name, column, missing)
    if is_text(column.type):
        return text_values(name, column, texts, missing, raw.numbers.get(name), name in source.targets)
    return plain_values(name, column, number_words(missing), raw.decimal)


def _with_csv_notices(cells: Cells, files: Source, source: DataSource, words: Sequence[str]) -> Cells:
    """The cells of a CSV file, with the notices that need its text, and the words that pandas would lose."""
    columns = {name: cells.table[name] for name in _used(cells.table, source) if name not in cells.numbers}
    gaps = [name for name, column in columns.items() if column.null_count and not is_text(column.type)]
    word_counts = count_words(files, gaps, [word for word in words if not number_words([word])])
    notices = [
        notice for name, counts in word_counts.items() for notice in cell_notices.about_missing(name, counts)
    ]
    codes = first_matches(files, r"^\s*0[0-9]{2}", _integers(cells.table, source))
    codes = {name: text for name, text in codes.items() if name not in source.targets}
    notices += [
        cell_notices.about_codes(name, text) for name, text in codes.items() if name not in source.numbers
    ]
    if not source.decimal and not source.thousands:
        floats = [name for name, column in columns.items() if types.is_float64(column.type)]
        notices += [
            cell_notices.about_thousands(*example) for example in like_thousands(files, cells.table, floats)
        ]
    stand_ins = {}
    for name, column in columns.items():
        like_missing = _words_of_pandas(column) if is_text(column.type) and name not in source.targets else []
        if len(like_missing) == 1 and not column.null_count:
            stand_ins[name] = like_missing[0]
        elif like_missing:
            notices.append(cell_notices.about_words_of_pandas(name, like_missing))
    times = [name for name, column in columns.items() if types.is_timestamp(column.type)]
    offsets = {name: offset_of(text) for name, text in first_matches(files, OFFSET, times).items()}
    told = (*cells.notices, *notices)
    return cells._replace(codes=codes, words_for_missing=stand_ins, notices=told, offsets=offsets)


def _words_of_pandas(column: pa.ChunkedArray) -> list[str]:
    """The texts of a column that `pandas.read_csv` takes for missing values."""
    is_word = pc.is_in(column, pa.array(MISSING_WORDS, column.type))
    return list(pc.unique(column.filter(is_word)).to_pylist())


def _integers(table: pa.Table, source: DataSource) -> list[str]:
    return [name for name in _used(table, source) if types.is_integer(table[name].type)]
