"""A table as its file has it: located, checked and read into Arrow."""

__all__ = ["arrow_types", "csv_files", "missing_words", "source_files", "table"]
