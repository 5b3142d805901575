"""The commands of `sweepflow`, a file each; what they need is imported when they run."""
