"""The Prefect tasks of a sweep: each one reads, calls the core, and writes."""
