"""One sweep while it runs, from its first proposal to its selected model."""
