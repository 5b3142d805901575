"""Sweeps on record: read back, ranked, compared and exported."""

__all__ = [
    "comparison",
    "cost_words",
    "export",
    "folder",
    "leaderboard",
    "listing",
    "metric_rows",
    "pruning",
    "ranking",
    "sweep",
]
