"""What a trial is, and what it has reported so far."""

__all__ = [
    "folds",
    "history",
    "objective",
    "parameters",
    "reasons",
    "reports",
    "rows",
    "state",
    "text_readings",
]
