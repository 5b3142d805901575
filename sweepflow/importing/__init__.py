"""Which modules are imported, and from which folders: Sweepflow's own, and the user's."""
