"""Cells of text: which of them are missing, which mean the same, and which only look alike."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["Counted", "counted", "known", "look_alikes", "number_words", "stripped"]

_NUMBER = r"^[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$"


class Counted(NamedTuple):
    """The different texts of a column, and how often each occurs; nulls left out."""

    texts: pa.Array
    counts: NDArray[np.int64]

    def of(self, chosen: NDArray[np.bool_]) -> dict[str, int]:
        """The chosen ones, the most frequent first."""
        pairs = zip(
            self.texts.filter(pa.array(chosen)).to_pylist(), self.counts[chosen].tolist(), strict=True
        )
        return dict(sorted(pairs, key=lambda pair: -pair[1]))


def counted(column: Any) -> Counted:
    """The different texts of a column."""
    found = pc.value_counts(column.drop_null().cast(pa.large_string()))
    return Counted(found.field("values"), np.asarray(found.field("counts")))


def known(texts: Any, missing_words: Sequence[str]) -> Any:
    """The texts without the blanks around them; null where nothing or one of the words is left."""
    stripped = pc.utf8_trim_whitespace(texts)
    words = pa.array(["", *(word.strip() for word in missing_words)], texts.type)
    return pc.if_else(pc.is_in(stripped, words), pa.scalar(None, texts.type), stripped)


def number_words(words: Sequence[str]) -> list[float]:
    """Those of the words that are numbers, such as -999."""
    return [float(word) for word in words if re.fullmatch(_NUMBER, word.strip())]


def stripped(found: Counted, missing_words: Sequence[str]) -> tuple[Counted, dict[str, int]]:
    """What is left without missing ones and the blanks around, and the texts that have become another's."""
    frame = pd.DataFrame({"text": known(found.texts, missing_words).to_pandas(), "n": found.counts})
    frame = frame.assign(raw=found.texts.to_pandas()).dropna()
    merged = frame[frame["text"].duplicated(keep=False) & (frame["text"] != frame["raw"])]
    whole = frame.groupby("text", sort=False)["n"].sum()
    rest = Counted(pa.array(whole.index, pa.large_string()), whole.to_numpy())
    return rest, dict(zip(merged["raw"], merged["n"].tolist(), strict=True))


def look_alikes(found: Counted) -> list[dict[str, int]]:
    """The groups of texts that differ only by letter case, inner blanks or forms of a letter."""
    keys = pc.utf8_lower(pc.utf8_normalize(found.texts, "NFKC"))
    keys = pc.replace_substring_regex(pc.utf8_trim_whitespace(keys), r"\s+", " ")
    numbers, _ = pd.factorize(keys.to_numpy(zero_copy_only=False))
    (repeated,) = np.nonzero(np.bincount(numbers) > 1)
    return [found.of(numbers == number) for number in repeated]
