"""The spec: everything that a user asks for, checked."""

__all__ = ["file", "limits", "on_unchanged_data", "select", "spec", "stop_when"]
