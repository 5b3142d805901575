"""A command as a line for the shell: its templates, and values in their places that stay texts."""
