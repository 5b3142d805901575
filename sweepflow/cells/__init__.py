"""What the cells of a column mean: numbers as people write them, text, or a missing value."""

__all__ = ["column_values", "dates", "notices", "texts", "values", "written_cells", "written_numbers"]
