"""Cells of text: which are missing, which mean the same, and which only look alike."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["TextCounts", "count_texts", "look_alikes", "number_words", "stripped", "without_missing"]

_NUMBER = r"^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$"


class TextCounts(NamedTuple):
    """The distinct texts of a column without nulls, how often each occurs, and which count as missing."""

    texts: pa.Array
    counts: NDArray[np.int64]
    trimmed: pa.Array
    """The same texts without blanks around them; null where that counts as missing.

    It is `texts` itself where that changes none, so that both take the memory of one."""

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Which of the texts do not count as missing."""
        return np.asarray(self.trimmed.is_valid())

    def with_missing(self, missing_words: Sequence[str]) -> Self:
        """The same, where these words count as missing and no others."""
        return self._replace(trimmed=_trimmed(self.texts, missing_words))

    @property
    def n_bytes(self) -> int:
        """The memory that this takes."""
        trimmed = 0 if self.are_all_plain else self.trimmed.nbytes
        return int(self.texts.nbytes + self.counts.nbytes + trimmed)

    @property
    def are_all_plain(self) -> bool:
        """Whether none has blanks around it or counts as missing."""
        return self.trimmed is self.texts

    def of(self, chosen: NDArray[np.bool_]) -> dict[str, int]:
        """The counts of the chosen texts, the most frequent first."""
        pairs = zip(
            self.texts.filter(pa.array(chosen)).to_pylist(), self.counts[chosen].tolist(), strict=True
        )
        return dict(sorted(pairs, key=lambda pair: -pair[1]))


def count_texts(column: Any, missing_words: Sequence[str]) -> TextCounts:
    """The distinct texts of a column, counted."""
    pairs = pc.value_counts(column.drop_null().cast(pa.large_string()))
    texts = pairs.field("values")
    return TextCounts(texts, np.asarray(pairs.field("counts")), _trimmed(texts, missing_words))


def _trimmed(texts: pa.Array, missing_words: Sequence[str]) -> pa.Array:
    trimmed = without_missing(texts, missing_words)
    return texts if trimmed.equals(texts) else trimmed


def without_missing(texts: Any, missing_words: Sequence[str]) -> Any:
    """The texts without blanks around them; null where that is empty or one of the words."""
    stripped = pc.utf8_trim_whitespace(texts)
    words = pa.array(["", *(word.strip() for word in missing_words)], texts.type)
    return pc.if_else(pc.is_in(stripped, words), pa.scalar(None, texts.type), stripped)


def number_words(words: Sequence[str]) -> list[float]:
    """The words that are numbers, such as -999, as numbers."""
    return [float(word) for word in words if re.fullmatch(_NUMBER, word.strip())]


def stripped(texts: TextCounts) -> tuple[TextCounts, dict[str, int]]:
    """The texts without missing ones and blanks around, and the originals that became equal to another."""
    if texts.are_all_plain:
        return texts, {}
    raw, counts = texts.texts.filter(pa.array(texts.is_known)), texts.counts[texts.is_known]
    trimmed = texts.trimmed.drop_null()
    codes, distinct = _codes(trimmed)
    totals = np.zeros(len(distinct), dtype=np.int64)
    np.add.at(totals, codes, counts)
    is_merged = (np.bincount(codes)[codes] > 1) & np.asarray(pc.not_equal(raw, trimmed))
    merged = zip(raw.filter(pa.array(is_merged)).to_pylist(), counts[is_merged].tolist(), strict=True)
    return TextCounts(distinct, totals, distinct), dict(merged)


def look_alikes(texts: TextCounts, most: int) -> tuple[list[dict[str, int]], int]:
    """Groups of texts that differ only in letter case, inner blanks or forms of a letter.

    At most so many, the first ones, and how many there are.
    """
    keys = pc.utf8_lower(pc.utf8_normalize(texts.texts, "NFKC"))
    keys = pc.replace_substring_regex(pc.utf8_trim_whitespace(keys), r"\s+", " ")
    numbers, _ = _codes(keys)
    (repeated,) = np.nonzero(np.bincount(numbers) > 1)
    return [texts.of(numbers == number) for number in repeated[:most]], len(repeated)


def _codes(texts: pa.Array) -> tuple[NDArray[np.int32], pa.Array]:
    """A number from 0 for each text, and the texts that these stand for, in the order of the first ones."""
    encoded = pc.dictionary_encode(texts)
    return encoded.indices.to_numpy(zero_copy_only=False), encoded.dictionary
