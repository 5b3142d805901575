"""What a trial is, and what it has reported so far."""
