"""A table as it stands in its file: found, checked and read into Arrow."""
