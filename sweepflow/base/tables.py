"""Pandas tables, in processes that may not have imported pandas: it takes 60 MB with what it imports."""

import sys
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    import pandas as pd


READERS_OF_TABLES = ("pandas", "pyarrow")


def has_pandas() -> bool:
    """Whether this process has imported pandas."""
    return sys.modules.get("pandas") is not None


def is_table(value: object) -> "TypeGuard[pd.DataFrame]":
    """Whether the value is a pandas table, which it can only be where pandas is imported."""
    if not has_pandas():
        return False
    import pandas as pd

    return isinstance(value, pd.DataFrame)
