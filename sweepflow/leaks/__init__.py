"""Columns and rows that make a score better than it will be: answers known beforehand, counters, copies.

The names are imported when they are first used: most need pandas.
"""

from typing import TYPE_CHECKING

from sweepflow.importing.lazy_names import lazy_names

if TYPE_CHECKING:  # for type checkers, the same names as below
    from sweepflow.leaks.counters import has_name_of_identifier as has_name_of_identifier
    from sweepflow.leaks.leaks import answers_in as answers_in
    from sweepflow.leaks.leaks import leaks_of as leaks_of
    from sweepflow.leaks.score import too_good as too_good

_MODULES = {
    "answers_in": "sweepflow.leaks.leaks",
    "has_name_of_identifier": "sweepflow.leaks.counters",
    "leaks_of": "sweepflow.leaks.leaks",
    "too_good": "sweepflow.leaks.score",
}
"""Where each name comes from."""

__all__ = list(_MODULES)

__getattr__ = lazy_names("sweepflow.leaks", _MODULES)
