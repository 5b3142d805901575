"""The data of a sweep: prepared once, split once, and read by every trial."""
