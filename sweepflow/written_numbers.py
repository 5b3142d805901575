"""Numbers as people write them: decimal commas, thousands signs, currencies, percentages, units.

The numbers of a column are written in one way, told by its *picture*: 1234.5 written so, `1.234,5 €` for
example, or `1.234` where all are whole. Pictures stand in prepared data, in models and in notices.
"""

import re
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["NumberFormat", "WrittenNumbers", "format_of", "picture_of", "read_numbers", "written_numbers"]

_LEAST_SHARE = 0.95

# What these look at has gone through `_tidied`: it has one minus sign, one apostrophe, one kind of space.
_CURRENCIES = (
    "AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|INR|JPY|KRW|MXN|NOK|NZD|PLN|RUB|SEK|SGD|TRY|USD|ZAR"
)
_CELL = (
    r"^(?P<open>\(?) *(?P<sign>[-+]?) *"
    rf"(?P<before>(?:(?:[A-Z]{{1,2}})?\p{{Sc}}|{_CURRENCIES})?) *(?P<sign2>[-+]?)"
    r"(?P<body>[0-9.,' ]*[0-9][0-9.,' ]*(?:[eE][-+]?[0-9]+)?) *"
    r"(?P<after>(?:[\p{L}\p{Sc}%‰°][\p{L}\p{Sc}%‰°²³/]{0,11})?) *(?P<sign3>-?)(?P<close>\)?)$"
)
_SAME = {
    r"[\x{a0}\x{2000}-\x{200a}\x{202f}\s]": " ",
    r"[\x{2012}\x{2013}\x{2212}\x{fe63}\x{ff0d}]": "-",
    r"[\x{2019}\x{b4}`]": "'",
}
_CODE = "^0[0-9]+$"
_THOUSANDS = {
    "": "[0-9]+",
    ",": "[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{2,3})*,[0-9]{3}",  # 1,234,567 and, in India, 12,34,567
    **{sign: rf"[0-9]+|[1-9][0-9]{{0,2}}(?:{re.escape(sign)}[0-9]{{3}})+" for sign in (".", " ", "'")},
}
_WORD_FOR_NONE = r"(?i:[(<]?(?:n\.?/?[ad]\.?|nan|nil|none|null|missing)[>)]?)"
_MARK = rf"^\s*(?:[^\p{{L}}\p{{N}}]*|#[A-Z/0-9]+[!?]?|\\N|{_WORD_FOR_NONE})\s*$"
_NOTHING = pa.scalar("", pa.large_string())
_PICTURE = re.compile(r"1([., ']?)234(?:([.,])5)?(?: (.+))?", re.DOTALL)


class NumberFormat(NamedTuple):
    """How the numbers of a column are written."""

    decimal: str = "."
    thousands: str = ""
    unit: str = ""
    """What stands before or after each number, a currency, % or a unit; it is left out of the number."""
    is_whole: bool = False
    """Whether a dot is the thousands sign of numbers that are all whole: others would be misread."""


class WrittenNumbers(NamedTuple):
    """The distinct texts of a column, taken for numbers written in one way."""

    format: NumberFormat
    numbers: NDArray[np.float64]
    """For each text; NaN where it is none."""
    share: float
    """Of the cells but for marks such as ?, -, n.a. and #DIV/0!: those that are numbers, without those that
    begin with a zero, as codes do."""
    share_in_any_way: float
    """The same if each cell might be written in a way of its own."""
    shows_decimal: bool
    """Whether it can only be this decimal sign."""
    fits_otherwise: bool
    """Whether the signs can be taken in another way that fits as well and gives other numbers."""

    @property
    def are_nearly_all(self) -> bool:
        """Whether so many cells are numbers that the others must be slips."""
        return self.share >= _LEAST_SHARE


_FORMATS = tuple(NumberFormat(*signs) for signs in (".", ",", ".,", ",.", ". ", ", ", ".'", ",'"))


def written_numbers(
    texts: pa.Array, counts: NDArray[np.int64], decimal: str | None = None, thousands: str | None = None
) -> WrittenNumbers | None:
    """The distinct texts of a column, which occur so often, as numbers; None if no text is one.

    They are read in the way that fits most cells. Of ways that fit as many, one with the given signs is
    taken, else the plain decimal point.
    """
    if not counts.any():
        return None
    cells = pc.extract_regex(_tidied(texts), _CELL)
    unit = _commonest_unit(cells, counts)
    readings = [(format, _numbers(cells, format._replace(unit=unit))) for format in _FORMATS]
    fits = np.array([counts[~np.isnan(numbers)].sum() for _, numbers in readings])
    if not fits.any():
        return None
    best = [reading for reading, fit in zip(readings, fits, strict=True) if fit == fits.max()]
    implied = decimal or {",": ".", ".": ","}.get(thousands or "")
    fitting = [each for each in best if each[0].decimal == implied] or best
    fitting = [each for each in fitting if thousands and each[0].thousands == thousands] or fitting
    format, numbers = fitting[0]
    is_alike = all(np.array_equal(numbers, other, equal_nan=True) for _, other in fitting)
    is_whole = format.thousands == "." and bool(np.all(np.isnan(numbers) | (numbers % 1 == 0)))
    known = np.where(_are_codes(cells), 0, counts)
    in_any_way = ~np.all([np.isnan(numbers) for _, numbers in readings], axis=0)
    n_cells = counts[in_any_way | ~_as_numpy(pc.match_substring_regex(texts, _MARK))].sum()
    return WrittenNumbers(
        format._replace(unit=unit, is_whole=is_whole),
        numbers,
        float(known[~np.isnan(numbers)].sum() / n_cells),
        float(known[in_any_way].sum() / n_cells),
        all(other.decimal == format.decimal for other, _ in best),
        not is_alike,
    )


def read_numbers(texts: pa.Array, format: NumberFormat) -> NDArray[np.float64]:
    """The texts as numbers written in that way; NaN where one is none."""
    return _numbers(pc.extract_regex(_tidied(texts), _CELL), format)


def picture_of(format: NumberFormat) -> str:
    """The number 1234.5 as it is written in the column, or 1234 if all are whole."""
    fraction = "" if format.is_whole else f"{format.decimal}5"
    return f"1{format.thousands}234{fraction} {format.unit}".rstrip()


def format_of(picture: str) -> NumberFormat:
    """The format with that picture; ValueError if it is none."""
    found = _PICTURE.fullmatch(picture)
    if not found:
        raise ValueError(f"must be 1234.5 as the numbers are written, got {picture!r}")
    thousands, decimal, unit = found.groups(default="")
    return NumberFormat(decimal or ",", thousands, unit, is_whole=not decimal)


def _tidied(texts: Any) -> Any:
    texts = texts.cast(pa.large_string())
    for pattern, sign in _SAME.items():
        texts = pc.replace_substring_regex(texts, pattern, sign)
    return pc.utf8_trim_whitespace(texts)


def _field(cells: Any, name: str) -> Any:
    return pc.fill_null(pc.struct_field(cells, name), "")


def _joined(cells: Any, *names: str) -> Any:
    return pc.binary_join_element_wise(*(_field(cells, name) for name in names), _NOTHING)


def _unit(cells: Any) -> Any:
    return _joined(cells, "before", "after")


def _commonest_unit(cells: Any, counts: NDArray[np.int64]) -> str:
    units = pd.Series(counts).where(_as_numpy(cells.is_valid()), 0).groupby(_as_numpy(_unit(cells))).sum()
    return str(units.idxmax())


def _are_codes(cells: Any) -> NDArray[np.bool_]:
    return _as_numpy(pc.match_substring_regex(_body(cells), _CODE))


def _body(cells: Any) -> Any:
    return pc.utf8_trim_whitespace(_field(cells, "body"))


def _numbers(cells: Any, format: NumberFormat) -> NDArray[np.float64]:
    """The numbers in what `_CELL` found, NaN where one is not written in that way."""
    body, decimal, whole = _body(cells), re.escape(format.decimal), _THOUSANDS[format.thousands]
    pattern = rf"^(?:(?:{whole})(?:{decimal}[0-9]*)?|{decimal}[0-9]+)(?:[eE][-+]?[0-9]+)?$"
    is_one = _as_numpy(pc.match_substring_regex(body, pattern)) & (_as_numpy(_unit(cells)) == format.unit)
    signs = pc.binary_join_element_wise(
        *(_field(cells, name) for name in ("sign", "sign2", "sign3")), _NOTHING
    )
    is_open, is_closed = (_as_numpy(_field(cells, name)) != "" for name in ("open", "close"))
    is_one &= _as_numpy(pc.less(pc.binary_length(signs), 2)) & (is_open == is_closed)
    if format.thousands:
        body = pc.replace_substring(body, format.thousands, "")
    values = pc.replace_substring(body, format.decimal, ".").filter(pa.array(is_one)).cast(pa.float64())
    is_negative = (_as_numpy(signs) == "-") ^ is_open
    numbers = np.full(len(is_one), np.nan)
    numbers[is_one] = np.where(is_negative[is_one], -1.0, 1.0) * values.to_numpy(zero_copy_only=False)
    return numbers


def _as_numpy(array: Any) -> NDArray[Any]:
    return np.asarray(array.to_numpy(zero_copy_only=False))
