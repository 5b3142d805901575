"""The data of a sweep: prepared once, split once, and read by every trial."""

__all__ = [
    "cells",
    "features",
    "group_split",
    "labels",
    "mapped_files",
    "prepare",
    "prepared",
    "role_columns",
    "roles",
    "rows",
    "source",
    "split_words",
    "time_split",
    "unnamed_roles",
]
