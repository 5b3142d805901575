"""The search space: what parameters are drawn from, and what follows from that."""

__all__ = ["baseline", "combinations", "constraints", "drawn", "expression", "expressions", "search_space"]
