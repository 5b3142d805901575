"""What a v1 notebook uses around HyperDrive: its configuration as our spec, and our sweep as its runs."""
