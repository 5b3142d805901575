"""Trials on this machine: one warm child process a slot, which can be killed."""
