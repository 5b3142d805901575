"""Sweeps on record: read back, ranked, compared and exported."""
