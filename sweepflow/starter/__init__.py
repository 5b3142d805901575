"""A first spec for a table: what `sweepflow init` writes."""

from sweepflow.starter.choice import FirstSpec, by_reason, choose, without
from sweepflow.starter.comparison import Comparison, Tried, compare
from sweepflow.starter.facts import ColumnFacts, TableFacts, facts_of
from sweepflow.starter.families import Family, Plan, Task, families, plan
from sweepflow.starter.nulls import nulls_for
from sweepflow.starter.text import spec_text, task_of

__all__ = [
    "ColumnFacts",
    "Comparison",
    "Family",
    "FirstSpec",
    "Plan",
    "TableFacts",
    "Task",
    "Tried",
    "by_reason",
    "choose",
    "compare",
    "facts_of",
    "families",
    "nulls_for",
    "plan",
    "spec_text",
    "task_of",
    "without",
]
