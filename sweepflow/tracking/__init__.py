"""Sweeps and champions in MLflow, written from the ledger and the registry; replayable at any time.

MLflow is imported only where a tracking URI is given.
"""
