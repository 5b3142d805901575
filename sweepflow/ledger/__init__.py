"""The durable record of every sweep, in SQLite or PostgreSQL."""
