"""A table as its file has it: located, checked and read into Arrow."""

__all__ = ["arrow_types", "csv_files", "source_files", "table"]
