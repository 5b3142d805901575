"""Which files of a table begin with the names of its columns."""

from enum import Enum


class PromoteHeadersBehavior(Enum):
    """Where the names of the columns are."""

    NO_HEADERS = 0
    ONLY_FIRST_FILE_HAS_HEADERS = 1
    COMBINE_ALL_FILES_HEADERS = 2
    ALL_FILES_HAVE_SAME_HEADERS = 3
