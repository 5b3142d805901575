"""One command while it runs: its folder, its process with all that this starts, and why it failed."""
