"""What the cells of a table mean: numbers, categories, or missing values."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from sweepflow.base.freed_memory import give_back_columns
from sweepflow.cells import notices as cell_notices
from sweepflow.cells.dates import OFFSET, offset_of
from sweepflow.cells.notices import HALF, NEARLY_ALL
from sweepflow.cells.texts import TextCounts, number_words
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
from sweepflow.data.raw_table import OPPOSITE, RawTable, integers, read_otherwise, read_raw, used
from sweepflow.data.source import DataSource
from sweepflow.data.target import MOST_CLASSES
from sweepflow.errors import DataError
from sweepflow.reading.arrow_types import is_text
from sweepflow.reading.csv_files import count_words, decimal_sign
from sweepflow.reading.missing_words import MISSING_WORDS
from sweepflow.reading.source_files import Source
from sweepflow.reading.table import with_columns

__all__ = ["Cells", "read_cells"]


class Cells(NamedTuple):
    """A table whose numbers are numbers and whose missing cells are null, and how its cells were read."""

    schema: pa.Schema
    """As it was read, with what pandas has written about its index."""
    columns: dict[str, pa.ChunkedArray]
    """By name; who leaves out rows replaces them one after the other."""
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

    def as_table(self) -> pa.Table:
        """The columns as a table, which shares their memory."""
        return with_columns(self.schema, self.columns)


def read_cells(
    files: Source, source: DataSource, *, is_classifier: bool | None, guesses: bool = False
) -> Cells:
    """The table of a source, with its cells converted.

    DataError if a sign may separate decimals or thousands. With `guesses` it separates thousands, and a
    column holds numbers if nearly all of its distinct texts are numbers, however often the others occur.
    """
    usual = decimal_sign(files)
    words = source.nulls if source.nulls is not None else MISSING_WORDS if usual else ()
    given = source.decimal or OPPOSITE.get(source.thousands or "")
    raw = read_raw(files, source, words, given or usual or ".")
    if usual and not given and OPPOSITE[raw.decimal] in raw.shown_decimals():
        raw = read_otherwise(raw, files, source)
    shown = {given} if given else _shown_decimals(raw, source)
    decimal = min(shown) if len(shown) == 1 else None
    numbers, open_signs = {}, set()
    for name, written in raw.numbers.items():
        if source.thousands or (decimal and not written.shows_decimal):
            written = written_numbers(raw.counted(name), decimal, source.thousands) or written
        is_guess = guesses and _may_be_numbers(raw.counted(name), written)
        if not _is_number(name, written, source, is_classifier, is_guess=is_guess):
            continue
        if written.fits_otherwise and (shown or written.format.decimal != (usual or ".")):
            if not guesses:
                raise _ambiguity_error(name, raw.counted(name), written, is_target=name in source.targets)
            open_signs.add(written.format.decimal)
        numbers[name] = written
    if open_signs:
        signs = _guessed_signs(open_signs, is_mixed=len(shown) > 1)
        decided_source = source.model_copy(update={**signs, "numbers": tuple(numbers)})
        del raw  # a second table is read
        return read_cells(files, decided_source, is_classifier=is_classifier)._replace(signs=signs)
    cells = _converted(raw, source, words, numbers, _signs(raw, source, numbers))
    return _with_csv_notices(cells, files, source, words) if usual else cells


def _guessed_signs(open_signs: set[str], *, is_mixed: bool) -> dict[str, str]:
    """The field that decides what these signs separate: thousands, unless other columns show otherwise."""
    if "," in open_signs:
        return {"thousands": ","}
    return {"decimal": "."} if is_mixed else {"thousands": "."}


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


def _shown_decimals(raw: RawTable, source: DataSource) -> set[str]:
    """The decimal signs that any column of the table shows."""
    shown = raw.shown_decimals()
    columns = [raw.columns[name] for name in used(raw.columns, source)]
    floats = [column for column in columns if types.is_float64(column.type)]
    has_fractions = any(pc.any(pc.not_equal(pc.round(each), each)).as_py() for each in floats)
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


def _signs(raw: RawTable, source: DataSource, numbers: dict[str, WrittenNumbers]) -> dict[str, str]:
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
    raw: RawTable,
    source: DataSource,
    words: Sequence[str],
    numbers: dict[str, WrittenNumbers],
    signs: dict[str, str],
) -> Cells:
    others = {*numbers, *source.categories, *source.time, *source.targets}
    columns, odd_words = {}, dict[str, None]()
    date_notices: list[str] = []
    for name in used(raw.columns, source):
        n_bytes, texts = raw.columns[name].nbytes, raw.counted(name) if name in raw.texts else None
        missing = words if name not in source.targets else source.nulls or ()
        columns[name] = _converted_column(name, raw, texts, source, missing, numbers.get(name))
        raw.columns[name] = columns[name].values  # one after the other, and not two tables at once
        if texts and name not in others:
            odd = cell_notices.words_beside_dates(texts)
            date_notices += cell_notices.about_dates(name, texts, odd)
            odd_words.update(dict.fromkeys(odd))
        raw.texts.pop(name, None)
        del texts
        give_back_columns(n_bytes)
    notices = [notice for column in columns.values() for notice in column.notices]
    if raw.usual == "." and raw.decimal == "," and not source.decimal:
        notices.insert(0, "Numbers are read with a decimal comma, as columns of the table show.")
    formats = {name: column.number_format for name, column in columns.items() if column.number_format}
    number_notices = {name: " ".join(columns[name].notices) for name in numbers}
    shares = {name: w.share_in_any_way for name, w in raw.numbers.items() if name not in numbers}
    mixed = {name: share for name, share in shares.items() if share >= HALF}
    told, beside = (*notices, *date_notices), tuple(odd_words)
    return Cells(
        raw.schema, raw.columns, formats, tuple(words), {}, number_notices, mixed, {}, beside, signs, told
    )


def _converted_column(
    name: str,
    raw: RawTable,
    texts: TextCounts | None,
    source: DataSource,
    missing: Sequence[str],
    written: WrittenNumbers | None,
) -> ColumnValues:
    """The values of a column; `written` are its numbers if it is text that is read as numbers."""
    column = raw.columns[name]
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
    columns = {name: cells.columns[name] for name in used(cells.columns, source) if name not in cells.numbers}
    gaps = [name for name, column in columns.items() if column.null_count and not is_text(column.type)]
    word_counts = count_words(files, gaps, [word for word in words if not number_words([word])])
    notices = [
        notice for name, counts in word_counts.items() for notice in cell_notices.about_missing(name, counts)
    ]
    table = cells.as_table()
    codes = first_matches(files, r"^\s*0[0-9]{2}", integers(table, source))
    codes = {name: text for name, text in codes.items() if name not in source.targets}
    notices += [
        cell_notices.about_codes(name, text) for name, text in codes.items() if name not in source.numbers
    ]
    if not source.decimal and not source.thousands:
        floats = [name for name, column in columns.items() if types.is_float64(column.type)]
        notices += [
            cell_notices.about_thousands(*example) for example in like_thousands(files, table, floats)
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
