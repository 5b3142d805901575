"""What a finished sweep teaches: which parameters mattered, and what early termination saved."""

__all__ = ["backtest", "forest", "importance", "savings"]
