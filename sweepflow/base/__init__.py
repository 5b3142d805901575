"""What everything stands on: private files, settings, and text that is safe to show."""

__all__ = [
    "answers",
    "credentials",
    "files",
    "folders",
    "freed_memory",
    "guardian",
    "joblib_files",
    "markdown",
    "orphan",
    "printable",
    "settings",
    "signals",
    "tables",
    "warden",
]
