"""The durable record of every sweep, in SQLite or PostgreSQL."""

__all__ = ["database", "ledger", "lookup", "migrations"]
