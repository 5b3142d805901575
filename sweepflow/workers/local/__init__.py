"""Trials on this machine: one warm child process per slot, which can be killed."""
