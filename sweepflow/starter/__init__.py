"""A first spec for a table: what `sweepflow init` writes."""

from sweepflow.starter.choice import FirstSpec, choose
from sweepflow.starter.facts import ColumnFacts, TableFacts, facts_of
from sweepflow.starter.nulls import nulls_for
from sweepflow.starter.text import spec_text

__all__ = ["ColumnFacts", "FirstSpec", "TableFacts", "choose", "facts_of", "nulls_for", "spec_text"]
