"""What the models of a spec are made of: strict fields, unions by `type`, errors in plain words."""

__all__ = ["bounds", "model", "nearest", "problems", "union", "yaml", "yaml_file"]
