"""What a script logs, read while it runs: lines of a file, or runs of MLflow."""
