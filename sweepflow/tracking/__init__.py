"""Sweeps and champions in MLflow, written from the ledger and the registry; can be repeated at any time.

MLflow is imported only if there is a tracking URI.
"""

__all__ = ["log", "store"]
