"""What the cells of a table mean: numbers, categories, or nothing."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from sweepflow import cell_notices
from sweepflow.arrow_types import is_text
from sweepflow.data_source import DataSource
from sweepflow.errors import DataError
from sweepflow.reading import (
    MISSING_WORDS,
    CsvReading,
    decimal_sign,
    first_texts,
    is_declared,
    read_table,
    words_of,
)
from sweepflow.source_files import Source
from sweepflow.texts import Counted, counted, known, number_words
from sweepflow.written_numbers import WrittenNumbers, picture_of, written_numbers

__all__ = ["Cells", "read_cells"]

_PLAIN = "1234.5"
_OPPOSITE = {",": ".", ".": ","}
_MOST_CLASSES = 20  # of a target of numbers in text, where only the target can tell


class Cells(NamedTuple):
    """A table whose numbers are numbers and whose missing cells are null, and how that came to be."""

    table: pa.Table
    number_formats: dict[str, dict[str, Any]]
    """How the numbers are written, by column, as `read_numbers` takes it; not of plain numbers alone."""
    missing_words: tuple[str, ...]
    """What counts as missing in a feature, beside nothing and blanks."""
    words_for_missing: dict[str, str]
    """The category of a column that pandas takes for a missing value, where nothing else is missing."""
    numbers: dict[str, str]
    """The columns of text that are numbers, each with what to know of it."""
    codes: dict[str, str]
    """Columns of numbers that look like codes, with a zero in front, each with one of these."""
    signs: dict[str, str]
    """The decimal and the thousands sign, as far as they were found and not given."""
    notices: tuple[str, ...]


class _Found(NamedTuple):
    """A table read with that decimal sign, and its columns of text whose meaning is open."""

    table: pa.Table
    decimal: str
    usual: str | None
    """The decimal sign that the separator of a CSV file speaks for."""
    texts: dict[str, Counted]
    numbers: dict[str, WrittenNumbers]
    """Of the columns that have some."""

    def shown_decimals(self) -> set[str]:
        """The decimal signs that the columns of text leave no doubt about."""
        return {w.format.decimal for w in self.numbers.values() if w.are_nearly_all and w.shows_decimal}


def read_cells(
    files: Source, source: DataSource, *, is_classifier: bool | None, guesses: bool = False
) -> Cells:
    """The table behind a source, its cells understood.

    With `guesses`, a comma that may separate decimals or thousands is taken for the latter; else DataError
    asks for a sign.
    """
    usual = decimal_sign(files)
    words = source.nulls if source.nulls is not None else MISSING_WORDS if usual else ()
    given = source.decimal or _OPPOSITE.get(source.thousands or "")
    found = _read(files, source, words, given or usual or ".")
    if usual and not given and _OPPOSITE[found.decimal] in found.shown_decimals():
        found = _read_otherwise(found, files, source, words)
    shown = {given} if given else _shown_decimals(found, source)
    decimal = shown.pop() if len(shown) == 1 else None if shown or usual != "," else usual
    numbers, is_guessed = {}, False
    for name in found.numbers:
        texts = found.texts[name]
        written = _written(texts, words, decimal, source.thousands)
        if not written or not _is_number(name, written, source, is_classifier):
            continue
        if written.fits_otherwise and (shown or written.format[:2] != (".", "")):
            if not guesses:
                raise _question(name, texts, written)
            is_guessed, written = True, _written(texts, words, ".", ",") or written
        numbers[name] = written
    signs = {"thousands": ","} if is_guessed else _signs(found, source, numbers)
    cells = _understood(found, source, words, numbers, signs)
    return _with_csv_notices(cells, files, source, words) if usual else cells


def _read(files: Source, source: DataSource, words: Sequence[str], decimal: str) -> _Found:
    as_text = (*source.dates, *source.categories)
    others = [word for word in words if not number_words([word])]
    reading = CsvReading(as_text, decimal, others, keeps_words=True)
    table = read_table(files, reading)
    if hexadecimal := _starting_with(files, r"^\s*[-+]?0[xX]", _integers(table, source)):
        # Numbers for Arrow's reader, text for that of pandas.
        table = read_table(files, reading._replace(as_text=(*as_text, *hexadecimal)))
    fields = [table.schema.field(name) for name in _used(table, source) if name not in source.dates]
    texts = {field.name: counted(table[field.name]) for field in fields if is_text(field.type)}
    categories = {*source.categories, *(field.name for field in fields if is_declared(field))}
    numbers = {n: _written(found, words, None, None) for n, found in texts.items() if n not in categories}
    known = {name: written for name, written in numbers.items() if written}
    return _Found(table, decimal, decimal_sign(files), texts, known)


def _read_otherwise(found: _Found, files: Source, source: DataSource, words: Sequence[str]) -> _Found:
    """The table read with the other decimal sign, which some columns show: the rest may have been misread.

    If others show the first one, it is read with a point: a comma is text then, which can be looked at.
    """
    other = _read(files, source, words, _OPPOSITE[found.decimal])
    is_mixed = found.decimal in other.shown_decimals()
    return found if is_mixed and found.decimal == "." else other


def _used(table: pa.Table, source: DataSource) -> list[str]:
    wanted = {*(table.column_names if source.features is None else source.features), source.target}
    return [name for name in table.column_names if name in wanted - set(source.drop)]


def _written(
    texts: Counted, words: Sequence[str], decimal: str | None, thousands: str | None
) -> WrittenNumbers | None:
    """The texts as numbers, those that count as missing left out."""
    is_known = np.asarray(known(texts.texts, words).is_valid())
    return written_numbers(texts.texts, np.where(is_known, texts.counts, 0), decimal, thousands)


def _is_number(name: str, written: WrittenNumbers, source: DataSource, is_classifier: bool | None) -> bool:
    if name in source.numbers:
        return True
    if name == source.target and is_classifier is None:
        return written.are_nearly_all and len(np.unique(written.numbers)) > _MOST_CLASSES
    return written.are_nearly_all and not (name == source.target and is_classifier)


def _shown_decimals(found: _Found, source: DataSource) -> set[str]:
    """The decimal signs that any column of the table shows."""
    shown = found.shown_decimals()
    floats = [found.table[n] for n in _used(found.table, source) if types.is_float64(found.table[n].type)]
    has_fractions = any(pc.any(pc.not_equal(pc.round(column), column)).as_py() for column in floats)
    return shown | {found.decimal} if found.usual and has_fractions else shown


def _question(name: str, texts: Counted, written: WrittenNumbers) -> DataError:
    sign = "," if written.format.decimal == "," else "."
    example = next(text for text in texts.texts.to_pylist() if sign in text)
    found = f"column {name!r} has numbers like {example!r}, whose {sign!r} may separate decimals or thousands"
    cure = f'say decimal: "{sign}" or thousands: "{sign}" (or name it in data.categories)'
    return DataError("data.decimal", f"{found}: {cure}")


def _signs(found: _Found, source: DataSource, numbers: dict[str, WrittenNumbers]) -> dict[str, str]:
    """The signs to write into a spec, where the separator does not speak for them."""
    if source.decimal or source.thousands:
        return {}
    formats = [written.format for written in numbers.values()]
    decimals = _shown_decimals(found, source) | {"," for format in formats if format.decimal == ","}
    if len(decimals) > 1:  # then each column tells its own
        return {}
    thousands = {format.thousands for format in formats} - {"", *decimals}
    signs = {"decimal": ","} if decimals == {","} and found.usual != "," else {}
    return {**signs, "thousands": thousands.pop()} if len(thousands) == 1 else signs


class _Column(NamedTuple):
    values: pa.ChunkedArray
    number_format: dict[str, Any] | None = None
    notices: tuple[str, ...] = ()
    word_for_missing: str | None = None


def _understood(
    found: _Found,
    source: DataSource,
    words: Sequence[str],
    numbers: dict[str, WrittenNumbers],
    signs: dict[str, str],
) -> Cells:
    table, columns = found.table, {}
    for name in _used(table, source):
        missing = words if name != source.target else source.nulls or ()
        if name in numbers:
            columns[name] = _numbers(name, found, numbers[name], missing)
        elif name in source.numbers and not _holds_numbers(table[name].type):
            held = "no numbers" if name in found.texts else f"{table[name].type} values"
            message = f"column {name!r} holds {held} ({table.num_rows} rows): leave it out of numbers"
            raise DataError("data.numbers", message)
        elif name in source.categories and not is_text(table[name].type):
            columns[name] = _Column(_categories(name, table[name], missing))
        elif is_text(table[name].type):
            columns[name] = _words(name, found, missing, is_target=name == source.target)
        else:
            columns[name] = _plain_numbers(name, found, number_words(missing))
        table = table.set_column(table.column_names.index(name), name, columns[name].values)
    told = [notice for column in columns.values() for notice in column.notices]
    if found.usual == "." and found.decimal == "," and not source.decimal:
        told.insert(0, "Numbers are read with a decimal comma, as columns of the table show.")
    formats = {name: column.number_format for name, column in columns.items() if column.number_format}
    stand_ins = {name: column.word_for_missing for name, column in columns.items() if column.word_for_missing}
    about = {name: " ".join(columns[name].notices) for name in numbers}
    return Cells(table, formats, tuple(words), stand_ins, about, {}, signs, tuple(told))


def _with_csv_notices(cells: Cells, files: Source, source: DataSource, words: Sequence[str]) -> Cells:
    """The cells, with what only the text of the file tells about the numbers, booleans and dates in it."""
    columns = {name: cells.table[name] for name in _used(cells.table, source) if name not in cells.numbers}
    gaps = [name for name, column in columns.items() if column.null_count and not is_text(column.type)]
    found = words_of(files, gaps, [word for word in words if not number_words([word])])
    told = [notice for name, counts in found.items() for notice in cell_notices.about_missing(name, counts)]
    codes = _starting_with(files, r"^\s*0[0-9]{2}", _integers(cells.table, source))
    codes.pop(source.target, None)
    told += [
        cell_notices.about_codes(name, text) for name, text in codes.items() if name not in source.numbers
    ]
    return cells._replace(codes=codes, notices=(*cells.notices, *told))


def _integers(table: pa.Table, source: DataSource) -> list[str]:
    return [name for name in _used(table, source) if types.is_integer(table[name].type)]


def _starting_with(files: Source, pattern: str, names: Sequence[str]) -> dict[str, str]:
    """The columns with such texts in the first rows of a CSV file, each with the first of them."""
    if not names or decimal_sign(files) is None:
        return {}
    batch = first_texts(files, names)
    found = {name: batch[name].filter(pc.match_substring_regex(batch[name], pattern)) for name in names}
    return {name: texts[0].as_py() for name, texts in found.items() if len(texts)}


def _numbers(name: str, found: _Found, written: WrittenNumbers, missing: Sequence[str]) -> _Column:
    column, texts = found.table[name], found.texts[name]
    is_none = np.isnan(written.numbers) | np.asarray(known(texts.texts, missing).is_null())
    numbers = pa.array(np.where(is_none, np.nan, written.numbers), from_pandas=True)
    places = pc.index_in(column.cast(texts.texts.type), value_set=texts.texts)
    values, _ = _without(pa.chunked_array([numbers.take(places.combine_chunks())]), number_words(missing))
    odd = {text: n for text, n in texts.of(is_none).items() if text}
    picture = picture_of(written.format)
    told = cell_notices.about_numbers(name, column, odd, picture)
    return _Column(values, {"picture": picture, "others_are_missing": bool(odd)}, told)


def _words(name: str, found: _Found, missing: Sequence[str], *, is_target: bool) -> _Column:
    values = known(found.table[name], missing)
    if name not in found.texts:  # dates
        return _Column(values)
    texts, written = found.texts[name], found.numbers.get(name)
    told = cell_notices.about_words(name, texts, missing)
    told += cell_notices.about_likeness(name, texts, missing, "class" if is_target else "category")
    if written and is_target:
        told += cell_notices.about_classes_beside_numbers(name, texts, missing, written)
    elif written:
        told += cell_notices.about_some_numbers(name, texts, missing, written)
    if not is_target:
        told += cell_notices.about_some_dates(name, texts, missing)
    like_missing = pc.unique(
        values.filter(pc.is_in(values, pa.array(MISSING_WORDS, values.type)))
    ).to_pylist()
    if is_target or not found.usual or not like_missing:
        return _Column(values, None, told)
    if len(like_missing) == 1 and not values.null_count:
        return _Column(values, None, told, like_missing[0])
    return _Column(values, None, (*told, cell_notices.about_words_of_pandas(name, like_missing)))


def _plain_numbers(name: str, found: _Found, missing: Sequence[float]) -> _Column:
    values = found.table[name]
    if not (types.is_integer(values.type) or types.is_floating(values.type)):
        return _Column(values)
    values, gone = _without(values, missing)
    # Where a comma is the decimal sign, pandas leaves text.
    format = {"picture": "1234,5", "others_are_missing": False} if found.decimal == "," else None
    return _Column(values, format, cell_notices.about_missing(name, gone))


def _without(values: pa.ChunkedArray, missing: Sequence[float]) -> tuple[pa.ChunkedArray, dict[str, int]]:
    """The numbers with null for those that count as missing, and how often these occur."""
    if not missing:
        return values, {}
    floats = values.cast(pa.float64(), safe=False)
    gone = {f"{number:g}": pc.sum(pc.equal(floats, number)).as_py() or 0 for number in missing}
    is_gone = pc.is_in(floats, pa.array(missing, pa.float64()))
    kept = pc.if_else(is_gone, pa.scalar(None, values.type), values)
    return kept, {text: n for text, n in gone.items() if n}


def _holds_numbers(type: pa.DataType) -> bool:
    return bool(types.is_integer(type) or types.is_floating(type) or types.is_decimal(type))


def _categories(name: str, column: pa.ChunkedArray, missing: Sequence[str]) -> pa.ChunkedArray:
    if _holds_numbers(column.type) or types.is_boolean(column.type):
        return known(column.cast(pa.large_string()), missing)
    message = f"column {name!r} holds {column.type} values ({len(column)} rows): leave it out of categories"
    raise DataError("data.categories", message)
