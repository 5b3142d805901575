"""What only the text of numbers shows: how they are written in the first rows of a CSV file."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from sweepflow.cells.texts import without_missing
from sweepflow.reading.csv_files import decimal_sign, first_texts
from sweepflow.reading.missing_words import MISSING_WORDS
from sweepflow.reading.source_files import Source

_BELOW_A_THOUSAND = "^[-+]?(?:0|[1-9][0-9]{0,2})$"
_ABOVE_A_THOUSAND = "^[-+]?[1-9][0-9]{0,2}[.,][0-9]{3}$"


def first_matches(files: Source, pattern: str, names: Sequence[str]) -> dict[str, str]:
    """The columns with texts that match the pattern, each with its first one; none if it is no CSV file."""
    if not names or decimal_sign(files) is None:
        return {}
    batch = first_texts(files, names)
    if batch is None:
        return {}
    matches = {name: batch[name].filter(pc.match_substring_regex(batch[name], pattern)) for name in names}
    return {name: texts[0].as_py() for name, texts in matches.items() if len(texts)}


def like_thousands(files: Source, table: pa.Table, floats: Sequence[str]) -> list[tuple[str, str, str]]:
    """The columns that may hold whole numbers, each with a number above and one below a thousand."""
    names = [name for name in floats if pc.all(pc.equal(pc.round(table[name], 3), table[name])).as_py()]
    batch = first_texts(files, names) if names else None
    if batch is None:
        return []
    columns = []
    for name in names:
        texts = without_missing(batch.column(name), MISSING_WORDS).drop_null()
        is_below = pc.match_substring_regex(texts, _BELOW_A_THOUSAND)
        is_above = pc.match_substring_regex(texts, _ABOVE_A_THOUSAND)
        below, above = texts.filter(is_below), texts.filter(is_above)
        if len(below) and len(above) and len(below) + len(above) == len(texts):
            columns.append((name, above[0].as_py(), below[0].as_py()))
    return columns
