"""Sweepflow's core: search spaces, sampling, early termination, training, and the record of it all."""
