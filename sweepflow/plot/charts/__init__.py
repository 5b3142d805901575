"""The functions that draw the charts of a sweep, one file each."""
