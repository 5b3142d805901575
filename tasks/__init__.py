"""The Prefect tasks of a sweep: each reads, calls the core, and writes."""
