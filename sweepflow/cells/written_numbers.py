"""Numbers as people write them: decimal commas, thousands signs, currencies, percentages, units.

The numbers of a column are written in one way, shown by its *picture*: 1234.5 in that way, `1.234,5 €` for
example, or `1.234` if all are whole. Pictures are recorded in prepared data, in models and in notices.
"""

import re
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sweepflow.cells.texts import TextCounts

__all__ = [
    "NumberFormat",
    "WrittenNumbers",
    "format_of",
    "is_mark",
    "picture_of",
    "read_numbers",
    "written_numbers",
]

_LEAST_SHARE = 0.95

# These match texts from `_tidied`, which have one minus sign, one apostrophe and one kind of space.
_CURRENCIES = (
    "AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|INR|JPY|KRW|MXN|NOK|NZD|PLN|RUB|SEK|SGD|TRY|USD|ZAR"
)
_CELL = (
    r"^(?P<open>\(?) *(?P<sign>[-+]?) *"
    rf"(?P<before>(?:(?:[A-Z]{{1,2}})?\p{{Sc}}|{_CURRENCIES}|Rs\.?|Fr\.?|[Kk]r\.?)?) *(?P<sign2>[-+]?)"
    r"(?P<body>[0-9.,' ]*[0-9][0-9.,' ]*(?:[eE][-+]?[0-9]+)?) *"
    r"(?P<after>(?:[\p{L}\p{Sc}%‰°][\p{L}\p{Sc}%‰°²³/. ]{0,11})?) *(?P<sign3>-?)(?P<close>\)?)$"
)
_SAME = {
    r"[\x{a0}\x{2000}-\x{200a}\x{202f}\s]": " ",
    r"[\x{2012}\x{2013}\x{2212}\x{fe63}\x{ff0d}]": "-",
    r"[\x{2019}\x{b4}`]": "'",
    r"([0-9])[.,](?:--?|\x{2014})( *[^0-9]*)$": r"\1\2",  # 13.- is an amount without hundredths
}
_CODE = "^0[0-9]+$"
_THOUSANDS = {
    "": "[0-9]+",
    ",": "[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{2,3})*,[0-9]{3}",  # 1,234,567 and, in India, 12,34,567
    **{sign: rf"[0-9]+|[1-9][0-9]{{0,2}}(?:{re.escape(sign)}[0-9]{{3}})+" for sign in (".", " ", "'")},
}
# Two filters that give the same result as `_CELL`, but faster.
_LIKE_A_NUMBER = r"^[^0-9]{0,9}[0-9][^\p{L}]*(?:[eE][-+]?[0-9]+)?[^0-9]{0,16}$"
_BARE = r"^[-+]?[0-9.,]*[0-9][0-9.,]*(?:[eE][-+]?[0-9]+)?$"
_WORD_FOR_NONE = r"(?i:[(<]?(?:n\.?/?[ad]\.?|nan|nil|none|null|missing)[>)]?)"
_MARK = rf"^\s*(?:[^\p{{L}}\p{{N}}]*|#[A-Z/0-9]+[!?]?|\\N|{_WORD_FOR_NONE})\s*$"
_NOTHING = pa.scalar("", pa.large_string())
_PICTURE = re.compile(r"1([., ']?)234(?:([.,])5)?(?: (.+))?", re.DOTALL)


class NumberFormat(NamedTuple):
    """How the numbers of a column are written."""

    decimal: str = "."
    thousands: str = ""
    unit: str = ""
    """The currency, % or unit before or after each number; it is not part of the number."""
    is_whole: bool = False
    """Whether all numbers are whole and a dot is their thousands sign: a fraction would be misread."""


class WrittenNumbers(NamedTuple):
    """The distinct texts of a column, read as numbers that are written in one way."""

    format: NumberFormat
    numbers: NDArray[np.float64]
    """One for each text; NaN if it is not a number."""
    share: float
    """The share of numbers among the cells without marks such as ?, -, n.a. and #DIV/0!; numbers that begin
    with a zero, as codes do, do not count."""
    share_in_any_way: float
    """The same share if each cell could be written in its own way."""
    shows_decimal: bool
    """Whether no other decimal sign is possible."""
    fits_otherwise: bool
    """Whether another meaning of the signs fits as many cells and gives other numbers."""

    @property
    def are_nearly_all(self) -> bool:
        """Whether so many cells are numbers that the others must be mistakes."""
        return self.share >= _LEAST_SHARE


_Reading = tuple[NumberFormat, NDArray[np.float64]]


class _Cells(NamedTuple):
    """The texts that look like a number in any format, split into their parts."""

    n_texts: int
    places: NDArray[np.intp]
    """Their indexes among all texts."""
    bodies: pa.Array
    units: NDArray[np.object_]
    is_negative: NDArray[np.bool_]

    def numbers(self, format: NumberFormat) -> NDArray[np.float64]:
        """The numbers of all texts; NaN where one is not written in that format."""
        decimal, whole = re.escape(format.decimal), _THOUSANDS[format.thousands]
        fraction = rf"(?:{decimal}[0-9]*)?"
        pattern = rf"^(?:(?:{whole}){fraction}|(?:[0-9]+{fraction}|{decimal}[0-9]+)(?:[eE][-+]?[0-9]+)?)$"
        is_one = _as_numpy(pc.match_substring_regex(self.bodies, pattern)) & (self.units == format.unit)
        bodies = self.bodies.filter(pa.array(is_one))
        if format.thousands:
            bodies = pc.replace_substring(bodies, format.thousands, "")
        values = _as_numpy(pc.replace_substring(bodies, format.decimal, ".").cast(pa.float64()))
        numbers = np.full(self.n_texts, np.nan)
        numbers[self.places[is_one]] = np.where(self.is_negative[is_one], -values, values)
        return np.where(np.isinf(numbers), np.nan, numbers)

    def formats(self, unit: str) -> list[NumberFormat]:
        """The formats that can read these texts differently, the plainest first."""
        shown = [sign for sign in ("", ",", ".", " ", "'") if _has(self.bodies, sign)]
        return [NumberFormat(decimal, sign, unit) for sign in shown for decimal in ".," if decimal != sign]


def written_numbers(
    texts: TextCounts, decimal: str | None = None, thousands: str | None = None
) -> WrittenNumbers | None:
    """The texts of a column as numbers; None if none is one that does not count as missing.

    The format is the one that fits most cells. Of formats that fit as many, one with the given signs is
    preferred, else the one with a plain decimal point.
    """
    cells, counts = _split_cells(texts.texts), np.where(texts.is_known, texts.counts, 0)
    if not counts[cells.places].any():
        return None
    unit = str(pd.Series(counts[cells.places]).groupby(cells.units).sum().idxmax())
    readings = [(format, cells.numbers(format)) for format in cells.formats(unit)]
    fits = np.array([counts[~np.isnan(numbers)].sum() for _, numbers in readings])
    if not fits.any():
        return None
    best = [reading for reading, fit in zip(readings, fits, strict=True) if fit == fits.max()]
    fitting = _preferred(best, decimal, thousands)
    format, numbers = fitting[0]
    is_alike = all(np.array_equal(numbers, other, equal_nan=True) for _, other in fitting)
    is_whole = format.thousands == "." and bool(np.all(np.isnan(numbers) | (numbers % 1 == 0)))
    no_codes = counts.copy()
    no_codes[cells.places[_as_numpy(pc.match_substring_regex(cells.bodies, _CODE))]] = 0
    in_any_way = ~np.all([np.isnan(numbers) for _, numbers in readings], axis=0)
    n_cells = counts[in_any_way | ~is_mark(texts.texts)].sum()
    return WrittenNumbers(
        format._replace(is_whole=is_whole),
        numbers,
        float(no_codes[~np.isnan(numbers)].sum() / n_cells),
        float(no_codes[in_any_way].sum() / n_cells),
        all(other.decimal == format.decimal for other, _ in best),
        not is_alike,
    )


def _preferred(best: list[_Reading], decimal: str | None, thousands: str | None) -> list[_Reading]:
    """The readings with the given signs; all of them if none has these."""
    implied = decimal or {",": ".", ".": ","}.get(thousands or "")
    fitting = [reading for reading in best if reading[0].decimal == implied] or best
    return [reading for reading in fitting if thousands and reading[0].thousands == thousands] or fitting


def read_numbers(texts: pa.Array, format: NumberFormat) -> NDArray[np.float64]:
    """The texts as numbers written in that format; NaN where one is not."""
    return _split_cells(texts).numbers(format)


def picture_of(format: NumberFormat) -> str:
    """The number 1234.5 as it is written in the column, or 1234 if all are whole."""
    fraction = "" if format.is_whole else f"{format.decimal}5"
    return f"1{format.thousands}234{fraction} {format.unit}".rstrip()


def format_of(picture: str) -> NumberFormat:
    """The format with that picture; ValueError if it is not a picture."""
    match = _PICTURE.fullmatch(picture)
    if not match:
        raise ValueError(f"must be 1234.5 as the numbers are written, got {picture!r}")
    thousands, decimal, unit = match.groups(default="")
    return NumberFormat(decimal or ",", thousands, unit, is_whole=not decimal)


def is_mark(texts: pa.Array) -> NDArray[np.bool_]:
    """Which of the texts are marks for a missing value, such as ?, -, n.a. and #DIV/0!."""
    return _as_numpy(pc.match_substring_regex(texts, _MARK))


def _split_cells(texts: Any) -> _Cells:
    texts = texts.cast(pa.large_string()).fill_null("")
    (places,) = np.nonzero(_as_numpy(pc.match_substring_regex(texts, _LIKE_A_NUMBER)))
    tidied = _tidied(texts.take(pa.array(places)))
    is_bare = pc.match_substring_regex(tidied, _BARE)
    bare, rest = tidied.filter(is_bare), pc.extract_regex(tidied.filter(pc.invert(is_bare)), _CELL)
    signs, ends = _joined(rest, "sign", "sign2", "sign3"), _joined(rest, "open", "close")
    is_one = _as_numpy(rest.is_valid()) & _as_numpy(pc.is_in(ends, pa.array(["", "()"], ends.type)))
    is_one &= _as_numpy(pc.less(pc.binary_length(signs), 2))
    # 1,50- is a negative amount; 1- may be a grade.
    is_whole = ~_as_numpy(pc.match_substring_regex(_joined(rest, "body"), "[.,]"))
    is_one &= ~(is_whole & (_as_numpy(_joined(rest, "sign3")) == "-"))
    is_negative = ((_as_numpy(signs) == "-") ^ (_as_numpy(ends) == "()"))[is_one]
    units = _as_numpy(_joined(rest, "before", "after"))[is_one]
    bodies = pc.utf8_trim_whitespace(_joined(rest, "body")).filter(pa.array(is_one))
    is_bare = _as_numpy(is_bare)
    return _Cells(
        len(texts),
        np.concatenate([places[is_bare], places[~is_bare][is_one]]),
        pa.concat_arrays([pc.replace_substring_regex(bare, "^[-+]", ""), bodies]),
        np.concatenate([np.full(len(bare), "", dtype=object), units]),
        np.concatenate([_as_numpy(pc.starts_with(bare, "-")), is_negative]),
    )


def _tidied(texts: Any) -> Any:
    for pattern, sign in _SAME.items():
        texts = pc.replace_substring_regex(texts, pattern, sign)
    return pc.utf8_trim_whitespace(texts)


def _joined(cells: Any, *names: str) -> Any:
    parts = [pc.fill_null(pc.struct_field(cells, name), "") for name in names]
    return pc.binary_join_element_wise(*parts, _NOTHING)


def _has(texts: Any, sign: str) -> bool:
    return not sign or bool(pc.any(pc.match_substring(texts, sign)).as_py())


def _as_numpy(array: Any) -> NDArray[Any]:
    return np.asarray(array.to_numpy(zero_copy_only=False))
