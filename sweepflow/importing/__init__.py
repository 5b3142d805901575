"""Which modules are imported, and from which folders: Sweepflow's own, and the user's."""

__all__ = [
    "folders",
    "keeping_out",
    "lazy_names",
    "process_state",
    "quickly",
    "safe_path",
    "user_imports",
    "user_modules",
]
