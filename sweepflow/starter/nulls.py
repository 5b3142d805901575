"""The words that a first spec calls missing, so that columns of dates and times are what they are."""

import pyarrow as pa
import pyarrow.compute as pc

from sweepflow.data.cells import Cells
from sweepflow.reading.source_files import Source
from sweepflow.reading.table import count_words, decimal_sign


def nulls_for(files: Source, cells: Cells, target: str) -> tuple[str, ...]:
    """What stands beside dates and times, and the words that are missing anyway; empty if all is well.

    Also empty if the target has such a class, whose rows would be left out.
    """
    if not cells.words_beside_dates or target not in cells.table.column_names:
        return ()
    is_csv = decimal_sign(files) is not None
    missing = count_words(files, cells.table.column_names, cells.missing_words) if is_csv else {}
    words = {word: None for found in missing.values() for word in found}
    words |= dict.fromkeys(map(str.strip, cells.words_beside_dates))
    classes = pc.unique(cells.table[target].cast(pa.string()))
    return () if set(classes.to_pylist()) & set(words) else tuple(words)
