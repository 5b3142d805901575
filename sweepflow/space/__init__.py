"""The search space: what parameters are drawn from, and what follows from that."""
