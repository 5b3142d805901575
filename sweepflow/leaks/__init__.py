"""Columns and rows that make a score better than it will be: answers known beforehand, counters, copies."""

from sweepflow.leaks.counters import has_name_of_identifier
from sweepflow.leaks.leaks import answers_in, leaks_of
from sweepflow.leaks.score import too_good

__all__ = ["answers_in", "has_name_of_identifier", "leaks_of", "too_good"]
