"""Which columns scikit-learn's own steps preprocess alone."""

import re

from sweepflow.data.prepared import FeatureColumns
from sweepflow.reading.missing_words import MISSING_WORDS

_ODD_NAME = re.compile(r"[-+]?[\d.]+(e[-+]?\d+)?|\d+-\d\d-\d\d .*|\(.*\)")
"""The text, in a file, of a name that pandas may read as a number, a time or a pair."""


def are_plainly_written(columns: FeatureColumns) -> bool:
    """Whether pandas reads the numbers, and what counts as missing, as they were read here."""
    return not columns.number_formats and set(columns.missing_words) <= set(MISSING_WORDS)


def are_plain_numbers(columns: FeatureColumns) -> bool:
    """Whether all are numbers that pandas reads as they were read here, and their names too."""
    others = columns.boolean or columns.categorical or columns.date or columns.time
    has_odd_names = any(_ODD_NAME.fullmatch(name) for name in columns.numeric)
    return are_plainly_written(columns) and not others and not has_odd_names
