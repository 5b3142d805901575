"""Notices to the user about how the cells of a column are read."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sweepflow.cells.texts import TextCounts, look_alikes, stripped
from sweepflow.cells.written_numbers import WrittenNumbers, is_mark

_MOST_SHOWN = 3
_MANY = 5
_AS_MISSING = " as missing (data.nulls says what does)."
_MOST_GROUPS = 5
HALF = 0.5
NEARLY_ALL = 0.95
_FEWEST_NUMBERS = 5
_PLAIN = "1234.5"
_DATE = (
    r"^[1-9]\d{3}[-/]\d{1,2}[-/]\d{1,2}.*$|^[1-9]\d{7}T\d{4,6}.*$"
    r"|^(?:\d{1,2}[./-]\d{1,2}[./-][1-9]\d{3}|\d\d[./-]\d\d[./-]\d\d)(?: .*)?$"
    r"|^\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4}.*$|^[A-Za-z]{3,9} \d{1,2}, [1-9]\d{3}.*$"
)
_ZERO_DATE = "^[0:./ -]+$"
_TIME = r"^\d{1,2}:\d{2}.*$"
_OFTEN_MISSING = pa.array([-9, -99, -999, -9999, -99999, 99, 999, 9999, 99999], pa.float64())


def about_numbers(name: str, column: Any, odd: Mapping[str, int], picture: str) -> tuple[str, ...]:
    """That the column of text is read as numbers, how they are written, and which cells are not numbers."""
    how = "" if picture == _PLAIN else f" written like {picture}"
    sentence = f"Column {name!r} is read as numbers{how}"
    if odd:
        n_cells = len(column) - column.null_count - _n_empty(column)
        verb = "is none and counts" if sum(odd.values()) == 1 else "are none and count"
        sentence += f"; {sum(odd.values())} of {n_cells} cells {verb} as missing: {_places(column, odd)}"
    return (f"{sentence.removesuffix('.')}.",)


def about_words(name: str, texts: TextCounts) -> tuple[str, ...]:
    """Which words of a column count as missing."""
    words = texts.of(~texts.is_known)
    return about_missing(name, {word.strip(): n for word, n in words.items() if word.strip()})


def about_missing(name: str, words: Mapping[str, int]) -> tuple[str, ...]:
    """How often each word or number counts as missing."""
    if not words:
        return ()
    verb = "counts" if len(words) == 1 else "count"
    return (f"Column {name!r}: {_counts(words)} {verb}{_AS_MISSING}",)


def condensed(notices: Sequence[str]) -> list[str]:
    """The notices, in one for all columns those of `about_missing`, if there are many."""
    told = [notice for notice in notices if notice.endswith(_AS_MISSING)]
    if len(told) < _MANY:
        return list(notices)
    columns = [re.sub(" counts?$", "", notice.removesuffix(_AS_MISSING)) for notice in told[:_MOST_SHOWN]]
    shown = "; ".join(column.removeprefix("Column ") for column in columns)
    rest = [notice for notice in notices if notice not in told]
    return [
        *rest,
        f"In {len(told)} columns words count{_AS_MISSING[:-1]}: {shown} and {len(told) - len(columns)} more.",
    ]


def about_far_off(name: str, numbers: pa.ChunkedArray) -> tuple[str, ...]:
    """Which numbers that often stand for a missing value are repeated, and far from all others."""
    numbers = numbers.cast(pa.float64(), safe=False)
    numbers = numbers.filter(pc.invert(pc.is_null(numbers, nan_is_null=True)))
    is_usual = pc.invert(pc.is_in(numbers, _OFTEN_MISSING))
    ends = pc.min_max(numbers.filter(is_usual)).as_py()
    if ends["min"] is None or ends["min"] == ends["max"] or pc.all(is_usual).as_py():
        return ()
    span = ends["max"] - ends["min"]
    counts = pc.value_counts(numbers.filter(pc.invert(is_usual))).to_pylist()
    far = {
        f"{pair['values']:g}": pair["counts"]
        for pair in counts
        if pair["counts"] > 1 and not ends["min"] - span <= pair["values"] <= ends["max"] + span
    }
    if not far:
        return ()
    shown = ", ".join(f"{number} ({n})" for number, n in far.items())
    lie = "lies" if len(far) == 1 else "lie"
    sentence = f"Column {name!r}: {shown} {lie} far from the other numbers"
    return (f"{sentence}; if that means a missing one, name it in data.nulls.",)


def about_words_of_pandas(name: str, words: Sequence[str]) -> str:
    """That pandas takes categories for missing values."""
    sentence = f"Column {name!r}: pandas.read_csv takes {', '.join(map(repr, words))} for missing values"
    return f"{sentence}: give the model tables read with keep_default_na=False, na_values=['']."


def about_likeness(name: str, texts: TextCounts, what: str) -> tuple[str, ...]:
    """Which texts differ only in blanks around them, and which look alike."""
    rest, merged = stripped(texts)
    notices = []
    if merged:
        notices.append(f"Column {name!r}: blanks around a {what} do not count, as in {_counts(merged)}.")
    groups, n_groups = look_alikes(rest, _MOST_GROUPS)
    if groups:
        shown = "; ".join(_counts(group, of=len(group)) for group in groups)
        more = f" and {n_groups - _MOST_GROUPS} more groups" if n_groups > _MOST_GROUPS else ""
        notices.append(
            f"Column {name!r} tells apart what looks alike: {shown}{more}; "
            f"if it is one {what}, write it in one way in the table."
        )
    return tuple(notices)


def about_sign(name: str, texts: TextCounts) -> tuple[str, ...]:
    """That one class alone has neither letter nor digit, as where nobody knows which it is."""
    known = texts.of(texts.is_known)
    signs = {text: n for text, n in known.items() if not any(map(str.isalnum, text))}
    if len(signs) != 1 or len(known) < 3:
        return ()
    sentence = f"Column {name!r}: {_counts(signs)} is a class too"
    return (f"{sentence}; if that means a missing one, name it in data.nulls.",)


def about_codes(name: str, example: str) -> str:
    """That the numbers of a column may be codes."""
    sentence = f"Column {name!r} is read as numbers, though {example!r} begins with a zero"
    return f"{sentence}: if it holds codes, name it in data.categories."


def about_thousands(name: str, example: str, whole: str) -> str:
    """That the numbers of a column may be whole, with a sign between thousands."""
    sign = "," if "," in example else "."
    sentence = (
        f"Column {name!r} is read with decimals, though {example!r} beside {whole!r} looks like thousands"
    )
    return f'{sentence}: say thousands: "{sign}" if so, else decimal.'


def about_some_numbers(name: str, texts: TextCounts, written: WrittenNumbers) -> tuple[str, ...]:
    """That a column of categories holds numbers too."""
    if written.share_in_any_way < HALF or written.are_nearly_all or _are_names(written):
        return ()
    odd = texts.of(np.isnan(written.numbers) & texts.is_known)
    sentence = f"Column {name!r} is read as categories: "
    if written.share_in_any_way >= NEARLY_ALL:
        one = texts.texts[int((~np.isnan(written.numbers)).argmax())].as_py()
        sentence += f"its numbers are written in several ways, such as {one!r} and {next(iter(odd))!r}"
        return (f"{sentence}: write them in one way.",)
    n_cells = int(texts.counts[texts.is_known].sum())
    sentence += f"of {n_cells} cells {n_cells - sum(odd.values())} are numbers, but not {_counts(odd)}"
    return (f"{sentence}: name it in data.numbers or in data.categories.",)


def _are_names(written: WrittenNumbers) -> bool:
    """Whether the numbers are few and stand before a word: 1Story and 2Story name kinds of houses."""
    is_word = len(written.format.unit) > 2 and written.format.unit.isalpha()
    return is_word and len(np.unique(written.numbers[~np.isnan(written.numbers)])) < _FEWEST_NUMBERS


def about_dates(name: str, texts: TextCounts, odd: Mapping[str, int]) -> tuple[str, ...]:
    """That a column of categories looks like dates, or like dates or times except for some cells.

    `odd` are those of `words_beside_dates`.
    """
    is_known = texts.is_known
    if is_known.any() and bool((_like(_DATE, texts) | ~is_known).all()):
        return (f"Column {name!r} is read as categories, but looks like dates: name it in data.dates.",)
    if not odd:
        return ()
    n_cells = int(texts.counts[is_known].sum())
    sentence = f"Column {name!r} is read as categories: {n_cells - sum(odd.values())} of {n_cells} cells"
    sentence += f" look like dates or times, but not {_counts(odd)}"
    return (f"{sentence}: if that means a missing one, name it in data.nulls.",)


def words_beside_dates(texts: TextCounts) -> dict[str, int]:
    """The other texts of a column in which nearly all cells, except marks, look like dates or times."""
    is_date = _like(f"{_DATE}|{_TIME}", texts)
    if not is_date.any():
        return {}
    n_dates, is_odd = texts.counts[is_date].sum(), ~is_date & texts.is_known
    n_words = texts.counts[is_odd & ~is_mark(texts.texts) & ~_like(_ZERO_DATE, texts)].sum()
    return texts.of(is_odd) if n_dates and n_dates >= NEARLY_ALL * (n_dates + n_words) else {}


def about_classes_beside_numbers(name: str, texts: TextCounts, written: WrittenNumbers) -> tuple[str, ...]:
    """That a target of numbers has other classes too, which may stand for a missing value."""
    odd = texts.of(np.isnan(written.numbers) & texts.is_known) if written.are_nearly_all else {}
    if not odd:
        return ()
    are = "is a class" if len(odd) == 1 else "are classes"
    sentence = f"Column {name!r}: {_counts(odd)} {are} beside numbers"
    return (f"{sentence}; if that means a missing one, name it in data.nulls.",)


def _like(pattern: str, texts: TextCounts) -> NDArray[np.bool_]:
    return np.asarray(pc.match_substring_regex(pc.utf8_trim_whitespace(texts.texts), pattern))


def _n_empty(column: Any) -> int:
    return pc.sum(pc.equal(pc.binary_length(column), 0)).as_py() or 0


def _places(column: Any, words: Mapping[str, int]) -> str:
    """The words with their counts and first rows, counted from 1 below the header."""
    shown = []
    for word, n in list(words.items())[:_MOST_SHOWN]:
        row = pc.index(column, word).as_py() + 1
        shown.append(f"{word!r} ({f'{n}; first in ' if n > 1 else ''}row {row})")
    return ", ".join(shown) + _more(words, _MOST_SHOWN)


def _counts(words: Mapping[str, int], of: int = _MOST_SHOWN) -> str:
    shown = [f"{word!r} ({n})" for word, n in list(words.items())[:of]]
    return ", ".join(shown) + _more(words, of)


def _more(words: Mapping[str, int], n_shown: int) -> str:
    rest = list(words.values())[n_shown:]
    return f" and {len(rest)} more ({sum(rest)} cells)" if rest else ""
