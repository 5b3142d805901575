"""A table as its file has it: located, checked and read into Arrow."""
