"""One sweep while it runs, from its first proposal to its selected model."""

__all__ = [
    "ahead",
    "hand_over",
    "leaderboard",
    "model_card",
    "preflight",
    "preview",
    "progress",
    "recipe",
    "record",
    "resumption",
    "selected_model",
    "selection",
    "slot_threads",
    "sweep",
    "trial_runner",
    "warm_start",
]
