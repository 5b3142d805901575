"""The same trials by other tools, a module each; in this folder: `python -m peers optuna noop --trials 9`."""
