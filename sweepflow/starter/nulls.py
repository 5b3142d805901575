"""The words that a first spec lists as missing, so that columns of dates and times are read as such."""

import pyarrow as pa
import pyarrow.compute as pc

from sweepflow.data.cells import Cells
from sweepflow.reading.csv_files import count_words, decimal_sign
from sweepflow.reading.source_files import Source


def nulls_for(files: Source, cells: Cells, target: str) -> tuple[str, ...]:
    """The words beside dates and times, and those that count as missing anyway; empty if none are needed.

    Also empty if one of the words is a class of the target, because its rows would be left out.
    """
    if not cells.words_beside_dates or target not in cells.columns:
        return ()
    is_csv = decimal_sign(files) is not None
    missing = count_words(files, list(cells.columns), cells.missing_words) if is_csv else {}
    words = {word: None for column_words in missing.values() for word in column_words}
    words |= dict.fromkeys(map(str.strip, cells.words_beside_dates))
    classes = pc.unique(cells.columns[target].cast(pa.string()))
    return () if set(classes.to_pylist()) & set(words) else tuple(words)
