"""What a finished sweep teaches: which parameters mattered, and what early termination saved."""
