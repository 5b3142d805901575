"""Everything that is tried before the first trial, so that no trial fails of what could be known."""
