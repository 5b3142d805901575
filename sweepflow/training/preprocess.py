"""What of the preprocessing a spec may choose."""

from typing import Literal

from pydantic import Field

from sweepflow.data.prepared import PreparedData
from sweepflow.fields.model import SpecModel

Encoding = Literal["native", "ordinal", "one_hot", "sparse", "target", "counts"]
"""Pandas categories, codes, a column for each, the same with only ones in memory, target means, or counts."""

Numbers = Literal["native", "imputed", "scaled"]
"""With gaps as NaN; with the training rows' medians in their place; or these, with mean 0 and deviation 1."""

Dates = Literal["numbers", "cyclic"]
"""Month, weekday, day of the year and hour as numbers, or as sine and cosine of a turn."""


class Preprocess(SpecModel, title="preprocess"):
    """How columns reach the estimator; what is left out is what fits it."""

    categories: Encoding | None = Field(
        default=None,
        description="native: as they are, for gradient boosting that takes them; ordinal: a code for each; "
        "one_hot: a column for each; sparse: the same in less memory; target: the mean of the target over "
        "the rows of each, but for the row at hand; counts: the number of rows of each.",
    )
    many_categories: Encoding | None = Field(
        default=None, description="The same for columns of more than 100 categories."
    )
    numbers: Numbers | None = Field(
        default=None,
        description="Booleans, dates and times too. native: with gaps, for an estimator that takes them; "
        "imputed: gaps filled with the median; scaled: that, with mean 0 and standard deviation 1.",
    )
    dates: Dates | None = Field(
        default=None,
        description="Month, weekday, day of the year and hour of a date. numbers: as they are; cyclic: as "
        "sine and cosine, so that December is next to January. Days since 1970 are a number in both.",
    )

    def __str__(self) -> str:
        """Its fields as in a spec."""
        return ", ".join(f"{name}: {value}" for name, value in self if value is not None)


GENERAL = Preprocess(categories="one_hot", numbers="scaled")
"""What any estimator can learn from."""

CHOICES = {"categories": Encoding, "many_categories": Encoding, "numbers": Numbers, "dates": Dates}
"""The values of each field."""

FIELDS = frozenset(CHOICES)
"""What of the preprocessing can be named in the search space, after `preprocess__`."""


def described(how: Preprocess, data: PreparedData) -> str:
    """The fields that matter for this data, as in a spec."""
    matters = {"categories": data.categorical, "many_categories": data.categorical, "dates": data.date}
    shown = [(name, value) for name, value in how if value is not None and matters.get(name, True)]
    return ", ".join(f"{name}: {value}" for name, value in shown)
