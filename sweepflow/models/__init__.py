"""Models on disk: files that run no code when they are loaded, and the registry of champions."""

__all__ = ["model_file", "registry", "skops_io"]
