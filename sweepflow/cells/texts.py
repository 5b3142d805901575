"""Cells of text: which are missing, which mean the same, and which only look alike."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
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
    """The same texts without blanks around them; null where that counts as missing."""

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Which of the texts do not count as missing."""
        return np.asarray(self.trimmed.is_valid())

    def with_missing(self, missing_words: Sequence[str]) -> Self:
        """The same, where these words count as missing and no others."""
        return self._replace(trimmed=without_missing(self.texts, missing_words))

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
    return TextCounts(texts, np.asarray(pairs.field("counts")), without_missing(texts, missing_words))


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
    frame = pd.DataFrame({"text": texts.trimmed.to_pandas(), "n": texts.counts})
    frame = frame.assign(raw=texts.texts.to_pandas()).dropna()
    merged = frame[frame["text"].duplicated(keep=False) & (frame["text"] != frame["raw"])]
    whole = frame.groupby("text", sort=False)["n"].sum()
    trimmed = pa.array(whole.index, pa.large_string())
    rest = TextCounts(trimmed, whole.to_numpy(), trimmed)
    return rest, dict(zip(merged["raw"], merged["n"].tolist(), strict=True))


def look_alikes(texts: TextCounts) -> list[dict[str, int]]:
    """Groups of texts that differ only in letter case, inner blanks or forms of a letter."""
    keys = pc.utf8_lower(pc.utf8_normalize(texts.texts, "NFKC"))
    keys = pc.replace_substring_regex(pc.utf8_trim_whitespace(keys), r"\s+", " ")
    numbers, _ = pd.factorize(keys.to_numpy(zero_copy_only=False))
    (repeated,) = np.nonzero(np.bincount(numbers) > 1)
    return [texts.of(numbers == number) for number in repeated]
