"""Models on disk: files that run no code when they are loaded, and the registry of champions."""
