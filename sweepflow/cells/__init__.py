"""What the cells of a column mean: numbers as people write them, text, or a missing value."""
