"""What a notebook trains with."""
